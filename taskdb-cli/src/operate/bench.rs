//! `taskdb bench`: how fast a store does plain work, from here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::json;
use taskdb::{NewTask, TaskDb};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Measure how fast a store does plain work.
///
/// Makes a job of tasks that do nothing, has them claimed and completed one call each by workers
/// in this process, and deletes it. Nobody else gets these tasks; other work of the store goes on,
/// and is slower meanwhile.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// How many tasks.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    tasks: u32,

    /// How many workers at once.
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    workers: u32,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb bench --url sqlite://jobs.db
  taskdb bench --url sqlite://jobs.db --tasks 200 --workers 4 --json

Exit codes:
  0 done    1 the store failed, or a signal came    2 the command line cannot be used";

/// How many tasks are created by one call.
const BATCH: usize = 1_000;
/// Who owns what is made.
const USER: &str = "taskdb-bench";

#[derive(Serialize)]
struct BenchDoc {
    tasks: u32,
    workers: u32,
    /// Tasks created in a second, without the first: that comes with the job. None where there
    /// is no other.
    created_per_sec: Option<f64>,
    /// Tasks claimed and completed in a second.
    cycles_per_sec: f64,
    /// A claim and a completion of one worker, in milliseconds.
    p50_ms: f64,
    p99_ms: f64,
}

pub(crate) fn run(args: &BenchArgs) -> Result<(), Problem> {
    let found = args.store.with(|db| measure(db, args.tasks, args.workers))?;
    if args.json {
        return output::document(&found);
    }
    let created = found.created_per_sec.map(|rate| format!("created {rate:.0} tasks/s\n"));
    output::line(&format!(
        "{}claimed and completed {:.0} tasks/s, each within {:.2} ms (p50), {:.2} ms (p99)",
        created.unwrap_or_default(),
        found.cycles_per_sec,
        found.p50_ms,
        found.p99_ms
    ))
}

/// Measures until the end or a signal, and takes away what was made, whatever came of it. Of
/// several errors the first is told.
async fn measure(db: TaskDb, tasks: u32, workers: u32) -> Result<BenchDoc, Problem> {
    // From the beginning, so that a signal is kept while something is made that has to go again.
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let interrupted = || Err(Problem::Failed("interrupted".to_owned()));
    let worker_type = format!("bench-{}", Uuid::new_v4());
    let stream = db.create_stream(&worker_type, 0, 1.0, USER).await?;
    let (outcome, job_gone) = match db.create_job(&stream, &json!(null), 0, 600, USER).await {
        Ok(job) => {
            let outcome = tokio::select! {
                outcome = work(&db, &job, &stream, &worker_type, tasks, workers) => outcome,
                _ = interrupt.recv() => interrupted(),
                _ = terminate.recv() => interrupted(),
            };
            (outcome, db.delete_job(&job).await)
        }
        Err(why) => (Err(why.into()), Ok(())),
    };
    let stream_gone = db.delete_stream(&stream).await;
    let found = outcome?;
    job_gone?;
    stream_gone?;
    Ok(found)
}

async fn work(
    db: &TaskDb,
    job: &Uuid,
    stream: &Uuid,
    worker_type: &str,
    tasks: u32,
    workers: u32,
) -> Result<BenchDoc, Problem> {
    let start = Instant::now();
    let names: Vec<u32> = (1..tasks).collect();
    for batch in names.chunks(BATCH) {
        let batch = batch.iter().map(|n| NewTask::new(format!("task-{n}"), *stream, json!(n)));
        db.create_tasks(job, batch).await?;
    }
    let created = start.elapsed();
    let (start, worker_type) = (Instant::now(), Arc::<str>::from(worker_type));
    let mut crew = JoinSet::new();
    for _ in 0..workers {
        crew.spawn(cycles(db.clone(), Arc::clone(&worker_type)));
    }
    let mut times = Vec::new();
    while let Some(ended) = crew.join_next().await {
        times.extend(ended.map_err(|panic| Problem::Failed(panic.to_string()))??);
    }
    let took = start.elapsed();
    times.sort_unstable();
    if times.len() != tasks as usize {
        return Err(Problem::Failed(format!("{} of {tasks} tasks were done", times.len())));
    }
    let rate = |tasks: u32, time: Duration| f64::from(tasks) / time.as_secs_f64().max(1e-9);
    let part = |hundredths: usize| times[(times.len() - 1) * hundredths / 100].as_secs_f64() * 1e3;
    Ok(BenchDoc {
        tasks,
        workers,
        created_per_sec: (tasks > 1).then(|| rate(tasks - 1, created)),
        cycles_per_sec: rate(tasks, took),
        p50_ms: part(50),
        p99_ms: part(99),
    })
}

/// Does tasks until there is none; how long each took.
async fn cycles(db: TaskDb, worker_type: Arc<str>) -> Result<Vec<Duration>, Problem> {
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        let Some(task) = db.request_work(&worker_type).await? else { return Ok(times) };
        db.complete(&task.claim, &json!(null)).await?;
        times.push(start.elapsed());
    }
}
