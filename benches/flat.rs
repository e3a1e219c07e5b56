//! The workload `flat`: one job of N independent tasks, claim → done one call each.
//!
//! `cargo bench --bench flat -- [WORKERS] [N...]` prints cycles a second for each N,
//! the median of five runs, beside the rate of one-row commits of a bare connection
//! with the same settings in the same run. It measures; it asserts nothing.

use std::time::{Duration, Instant};

use serde_json::json;
use taskdb::{NewTask, TaskDb};

const RUNS: usize = 5;

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let (workers, sizes) = match numbers.split_first() {
        Some((workers, sizes)) if !sizes.is_empty() => (*workers, sizes.to_vec()),
        _ => (8, vec![1_000, 10_000, 100_000]),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    print(&format!("bare one-row commits: {:.0}/s", bare_commits()));
    for size in sizes {
        let mut rates = Vec::new();
        let mut creates = Vec::new();
        for _ in 0..RUNS {
            let (create, rate) = runtime.block_on(measure(size, workers)).expect("a sound run");
            rates.push(rate);
            creates.push(create);
        }
        print(&format!(
            "flat n={size} workers={workers}: {:.0} cycles/s, created at {:.0} tasks/s in batches of 1000",
            median(rates),
            median(creates)
        ));
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn print(line: &str) {
    println!("{line}");
}

/// Runs jobs of `size` tasks for at least three seconds; returns tasks created and
/// cycles made a second.
async fn measure(size: usize, workers: usize) -> taskdb::Result<(f64, f64)> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("flat.db").display());
    let db = taskdb::connect(&url).await?;
    let stream = db.create_stream("cpu", 0, 1.0, "user").await?;
    let (mut creating, mut working, mut cycles) = (Duration::ZERO, Duration::ZERO, 0);
    while working < Duration::from_secs(3) {
        let job =
            db.create_job(&stream, &json!({"payload": "x".repeat(80)}), 3, 300, "user").await?;
        let start = Instant::now();
        fill(&db, &job, stream, size - 1).await?;
        creating += start.elapsed();
        let start = Instant::now();
        let done = (0..workers).map(|_| tokio::spawn(work(db.clone())));
        for worker in done.collect::<Vec<_>>() {
            cycles += worker.await.expect("a sound worker")?;
        }
        working += start.elapsed();
        assert_eq!(db.get_job_unresolved(&job).await?, 0);
    }
    let rounds = cycles as f64;
    Ok((rounds / creating.as_secs_f64(), rounds / working.as_secs_f64()))
}

async fn fill(
    db: &TaskDb,
    job: &uuid::Uuid,
    stream: uuid::Uuid,
    tasks: usize,
) -> taskdb::Result<()> {
    let names: Vec<usize> = (0..tasks).collect();
    for batch in names.chunks(1_000) {
        let tasks = batch
            .iter()
            .map(|n| NewTask::new(format!("task-{n}"), stream, json!({"payload": "x".repeat(80)})));
        db.create_tasks(job, tasks).await?;
    }
    Ok(())
}

async fn work(db: TaskDb) -> taskdb::Result<usize> {
    let mut cycles = 0;
    while let Some(task) = db.request_work("cpu").await? {
        db.complete(&task.claim, &json!({"ok": true})).await?;
        cycles += 1;
    }
    Ok(cycles)
}

/// Commits of one row each, one after the other, for three seconds.
fn bare_commits() -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = rusqlite::Connection::open(folder.path().join("bare.db")).expect("a database");
    conn.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    conn.pragma_update(None, "synchronous", "FULL").expect("FULL");
    conn.execute_batch("CREATE TABLE rows (id INTEGER PRIMARY KEY, n INTEGER) STRICT")
        .expect("a table");
    conn.execute("INSERT INTO rows VALUES (1, 0)", []).expect("a row");
    let (start, mut commits) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(3) {
        let mut update =
            conn.prepare_cached("UPDATE rows SET n = n + 1 WHERE id = 1").expect("SQL");
        update.execute([]).expect("an update");
        commits += 1;
    }
    f64::from(commits) / start.elapsed().as_secs_f64()
}
