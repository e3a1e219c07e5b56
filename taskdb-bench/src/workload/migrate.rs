//! `migrate`: everything a store holds into a file, from a file into a store, and from one
//! store into another of the same kind; each verified as the program does it.
//!
//! Between two kinds of store a copy goes at the pace of the slower half: reading the one,
//! or writing the other.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use serde_json::json;
use taskdb::TaskDb;
use taskdb_migrate::{
    CopyOptions, DumpOptions, DumpSource, Silent, SourceGate, StoreSource, Target, copy, dump,
};
use uuid::Uuid;

use super::{About, Workload};
use crate::bench::Bench;
use crate::error::{Error, Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load;
use crate::measure::{Work, rates};
use crate::place::Space;

pub(super) struct Migrate;

/// Tasks of a job; the last hundredth of the jobs has open ones.
const PER_JOB: usize = 100;

const DIRECTIONS: [&str; 3] = ["from=file", "to=file", "to=alike"];

#[async_trait(?Send)]
impl Workload for Migrate {
    fn about(&self) -> About {
        About {
            name: "migrate",
            what: "n tasks in jobs of a hundred from a file, into a file, and into another store, verified",
            full: &[1_000_000],
            quick: &[400],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let folder = tempfile::tempdir().map_err(|error| no_file(&std::env::temp_dir(), error))?;
        let run = async |space: &Space, n| all(bench, space, folder.path(), n).await;
        let runs = bench.by_size(Some((Kind::Bulk, 1)), run).await?;
        let mut readings = Vec::new();
        for (n, works) in &runs.sizes {
            for (part, direction) in DIRECTIONS.into_iter().enumerate() {
                let point = format!("n={n} {direction}");
                let reading = Reading::new("moved", point, Unit::Tasks, rates(works, part));
                readings.push(reading.beside(runs.limit.as_ref()));
            }
        }
        Ok(readings)
    }
}

/// One store is filled from a file, written into another, and copied.
async fn all(bench: &Bench<'_>, space: &Space, folder: &Path, n: usize) -> Result<[Work; 3]> {
    let (file, back) = (folder.join("made.dump"), folder.join("back.dump"));
    write(&file, n).map_err(|error| no_file(&file, error))?;
    let target = Target::new("the store", space.db.clone());
    let source = Arc::new(DumpSource::open(&file).await.map_err(told)?);
    let start = Instant::now();
    copy(source, &target, &CopyOptions::default(), &Silent).await.map_err(told)?;
    let loaded = Work::since(start, n);
    arrived(&space.db, n).await?;

    let source = Arc::new(StoreSource::new("the store", space.db.clone()));
    let options = DumpOptions { replace: true, ..DumpOptions::default() };
    let start = Instant::now();
    let report = dump(source.clone(), &back, &options, &Silent).await.map_err(told)?;
    let dumped = Work::since(start, n);
    ensure(report.counts.tasks() == n as u64, || format!("{} were dumped", report.counts))?;

    let other = bench.place.fresh().await?;
    let target = Target::new("the other store", other.db.clone());
    let options = CopyOptions { source_gate: SourceGate::Hold, ..CopyOptions::default() };
    let start = Instant::now();
    copy(source, &target, &options, &Silent).await.map_err(told)?;
    let copied = Work::since(start, n);
    arrived(&other.db, n).await?;
    // What was moved can be worked on.
    ensure(other.db.request_work(load::CPU).await?.is_some(), || "nothing is ready".to_owned())?;
    Ok([loaded, dumped, copied])
}

fn no_file(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), source }
}

fn told(error: taskdb_migrate::MigrateErr) -> Error {
    Error::Unsound(error.to_string())
}

/// That everything has arrived, by what the store says of itself.
async fn arrived(db: &TaskDb, n: usize) -> Result<()> {
    let found: u64 = db.get_task_state_counts().await?.iter().map(|count| count.count).sum();
    ensure(found == n as u64, || format!("{found} tasks arrived of {n}"))
}

/// A dump of `n` tasks: jobs of a hundred, each task behind one before it.
fn write(path: &Path, n: usize) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let stream = Uuid::from_u128(1);
    let line = |file: &mut dyn std::io::Write, line: serde_json::Value| writeln!(file, "{line}");
    let header =
        json!({"taskdb_dump": 1, "written_by": "bench", "from": "bench", "consistent": true});
    line(&mut file, header)?;
    line(
        &mut file,
        json!({"record": "stream", "stream_id": stream, "age": 0, "worker_type": load::CPU,
            "user_id": "user", "reserved": 1, "be_mult": 1.0, "paused": false}),
    )?;
    let jobs = n.div_ceil(PER_JOB);
    for number in 0..jobs {
        let open = number + 1 + jobs / 100 > jobs || number + 1 == jobs;
        write_job(&mut file, number, PER_JOB.min(n - number * PER_JOB), open, stream)?;
    }
    let end = json!({"end": {"streams": 1, "jobs": jobs, "tasks": n, "kept_outputs": 0}});
    line(&mut file, end)?;
    file.flush()
}

fn write_job(
    file: &mut impl std::io::Write,
    number: usize,
    tasks: usize,
    open: bool,
    stream: Uuid,
) -> std::io::Result<()> {
    let id = Uuid::from_u64_pair(2, number as u64);
    let job = json!({"record": "job", "job_id": id, "age": number, "user_id": "user",
        "state": if open { "running" } else { "done" }, "priority": "medium",
        "created_at": 1, "started_at": 2, "updated_at": 3});
    writeln!(file, "{job}")?;
    for age in 0..tasks {
        let before: Vec<_> =
            age.checked_sub(1).map(|before| format!("task-{}", before / 2)).into_iter().collect();
        let done = !open || age < tasks / 2;
        let ready = before.is_empty() || (age - 1) / 2 < tasks / 2;
        let state = if done {
            "done"
        } else if ready {
            "ready"
        } else {
            "pending"
        };
        let mut task = json!({"job_id": id, "task_id": format!("task-{age}"), "age": age,
            "stream_id": stream, "state": state, "definition": load::definition(),
            "prerequisites": before, "optional": false, "run_if": "all_done", "max_retries": 3,
            "retries": 0, "losses": 0, "attempt": u8::from(done), "timeout_secs": 300,
            "progress": 0.0, "created_at": 1, "updated_at": 3});
        if done {
            task["output"] = load::output();
            task["started_at"] = json!(2);
        }
        // The kind comes first, as in dumps of the program.
        let task = task.to_string();
        writeln!(file, "{{\"record\":\"task\",{}", &task[1..])?;
    }
    Ok(())
}
