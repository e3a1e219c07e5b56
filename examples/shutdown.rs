//! Graceful shutdown: a worker that is told to stop takes no more, lets what runs finish in
//! time, and gives the rest back, so that the next worker has it at once.
//!
//! `cargo run --example shutdown`

use std::io::Write;
use std::time::Duration;

use serde_json::json;
use taskdb::worker::{Context, Result};
use taskdb::{NewTask, TaskState, Worker};
use tokio_util::sync::CancellationToken;

async fn sleep(millis: u64, _: Context) -> Result<u64> {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    Ok(millis)
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let db = taskdb::connect("memory:").await?;
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
    let job = db.create_job(&cpu, &json!(0), 3, 300, "alice").await?;
    let tasks = [("short", 200), ("long", 60_000), ("late", 1)];
    db.create_tasks(&job, tasks.map(|(name, millis)| NewTask::new(name, cpu, json!(millis))))
        .await?;

    // `run` does the same at SIGTERM and ctrl-c; a token is for programs that have their own
    // idea of an end.
    let token = CancellationToken::new();
    let worker = Worker::new(db.clone()).on("cpu", sleep).concurrency(2);
    let worker = worker.drain(Duration::from_secs(1)).run_until(token.clone().cancelled_owned());
    let worker = tokio::spawn(worker);

    let state = async |name| db.get_task(&job, name).await.map(|task| task.state);
    while state("long").await? != TaskState::Running {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    token.cancel();
    worker.await??;

    let mut out = std::io::stdout();
    for (name, _) in tasks {
        writeln!(out, "{name} is {}", state(name).await?)?;
    }
    assert_eq!(state("short").await?, TaskState::Done);
    assert_eq!(state("long").await?, TaskState::Ready);
    assert_eq!(db.get_task(&job, "long").await?.retries, 0);
    Ok(())
}
