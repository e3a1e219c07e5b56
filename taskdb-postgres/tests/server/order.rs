//! Locks are taken in one order, so nobody ever waits for another in a circle: claims of two
//! worker types, results and sweeps of the same jobs, with all that time brings.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use taskdb_core::{Claim, NewJob, NewTask, ReadyTask, Result, RunIf, TaskDb, TaskDbErr};
use taskdb_postgres::sqlx;
use taskdb_testkit::servers::postgres::Options;
use uuid::Uuid;

use crate::races::rounds;
use crate::{PATIENCE, assert_sound, namespace, open};

/// Jobs with tasks of both types.
const JOBS: usize = 6;
/// The worker types.
const TYPES: [&str; 2] = ["cpu", "gpu"];

/// What everybody works on.
struct Work {
    streams: Vec<Uuid>,
    jobs: Vec<Uuid>,
    calls: AtomicUsize,
}

impl Work {
    /// The number of the next round of calls, as long as there is one.
    fn next(&self) -> Option<usize> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        (call < 5 * rounds()).then_some(call)
    }

    /// Tasks for a job: some wait, some are due in a moment, some are late from the start, and
    /// some claims of them expire at once.
    fn tasks(&self, call: usize) -> Vec<NewTask> {
        let name = |kind| format!("{kind} {call}");
        let task = |kind| {
            let stream = self.streams[(call + usize::from(kind == "late")) % TYPES.len()];
            NewTask::new(name(kind), stream, json!({})).retries(1_000).optional()
        };
        vec![
            task("plain"),
            task("delayed").delay(Duration::from_millis(2)),
            task("late").expires_in(Duration::ZERO),
            task("hasty").timeout_secs(0),
            task("after").after([name("late"), name("plain")]).run_if(RunIf::AllSettled),
        ]
    }
}

/// Claims eight tasks, puts one off for a moment and hands the others in together.
async fn claims(db: &TaskDb, work: &Work, worker_type: &str) -> Result<()> {
    while work.next().is_some() {
        let mut tasks = db.request_work_batch(worker_type, 8, None).await?;
        if let Some(last) = tasks.pop() {
            held(db.retry(&last.claim, Duration::from_millis(1)).await)?;
        }
        // The youngest job first, as it comes.
        let outputs = |task: ReadyTask| (task.claim, json!(null));
        let outputs: Vec<(Claim, _)> = tasks.into_iter().rev().map(outputs).collect();
        for answer in db.complete_batch(outputs).await? {
            held(answer)?;
        }
    }
    Ok(())
}

/// A claim may be lost to a sweep.
fn held(answer: Result<bool>) -> Result<()> {
    match answer {
        Err(TaskDbErr::ClaimLost { .. }) => Ok(()),
        other => other.map(drop),
    }
}

/// Adds tasks to one job after the other, and sweeps.
async fn changes(db: &TaskDb, work: &Work) -> Result<()> {
    while let Some(call) = work.next() {
        db.create_tasks(&work.jobs[call % JOBS], work.tasks(call)).await?;
        db.requeue_tasks(10).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_of_two_types_and_sweeps_never_wait_in_a_circle() {
    let server = Options::fast().set("deadlock_timeout", "20ms").start().expect("a server");
    let (url, name) = (server.url(), namespace());
    let db = open(&url, &name).await;
    let (mut streams, mut jobs) = (Vec::new(), Vec::new());
    for worker_type in TYPES {
        streams.push(db.create_stream(worker_type, 0, 1.0, "ann").await.expect("a stream"));
    }
    for n in 0..JOBS {
        let job = NewJob::new("ann", streams[n % TYPES.len()], json!({})).retries(1_000);
        jobs.push(db.create_job_with(job).await.expect("a job"));
    }
    let work = Work { streams, jobs, calls: AtomicUsize::new(0) };
    let (a, b, c, d) = (
        open(&url, &name).await,
        open(&url, &name).await,
        open(&url, &name).await,
        open(&url, &name).await,
    );
    let all = async {
        tokio::try_join!(
            claims(&a, &work, TYPES[0]),
            claims(&b, &work, TYPES[1]),
            changes(&c, &work),
            changes(&d, &work),
        )
    };
    let calls = u32::try_from(rounds()).expect("a number");
    let patience = PATIENCE * 2 + Duration::from_millis(200) * calls;
    tokio::time::timeout(patience, all).await.expect("nobody is stuck").expect("answers");
    assert_sound(&db).await;
    assert_eq!(deadlocks(&url).await, 0);
}

/// How many the server has found. Each connection tells when it is idle, after a second at most.
async fn deadlocks(url: &str) -> i64 {
    let pool = PgPoolOptions::new().max_connections(1).connect(url).await.expect("a pool");
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let mut found = 0;
    for _ in 0..15 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        found = sqlx::query_scalar(query).fetch_one(&pool).await.expect("a row");
    }
    found
}
