//! Retries and failure policy: what an error means for its task, and what a task means
//! for its job. Run inline with a clock that is moved by hand, as tests do.
//!
//! `cargo run --example failures`

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{Context, Error, Result};
use taskdb::{JobState, ManualClock, NewTask, RunIf, TaskState, Worker};

async fn fetch(_: Value, cx: Context) -> Result<u32> {
    match (cx.task_id(), cx.attempt()) {
        // Any error is tried again, after a pause that grows, as long as there are retries.
        ("flaky", 1) => Err(std::io::Error::other("connection reset").into()),
        // An error may know when the next attempt makes sense,
        ("flaky", 2) => Err(Error::retry_after(Duration::from_secs(3_600), "rate limit")),
        // or that none ever will.
        ("gone", _) => Err(Error::fail("404")),
        (_, attempt) => Ok(attempt),
    }
}

/// Does what it can with what there is: the failure of an optional task is tolerated.
async fn merge(_: Value, cx: Context) -> Result<Vec<String>> {
    Ok(cx.outputs().await?.into_iter().map(|(name, _)| name).collect())
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::default();
    let store = taskdb::sqlite::Config::memory().clock(Arc::new(clock.clone()));
    let db = store.connect().await?;
    let net = db.create_stream("net", 1, 1.0, "alice").await?;
    let job = db.create_job(&net, &json!(null), 0, 300, "alice").await?;
    let task = |name| NewTask::new(name, net, json!(null)).retries(5);
    let merged = NewTask::new("merge", net, json!({"kind": "merge"})).after(["flaky", "gone"]);
    let tasks = [task("flaky"), task("gone").optional(), merged.run_if(RunIf::AllSettled)];
    db.create_tasks(&job, tasks).await?;

    let worker = Worker::new(db.clone()).on("net", fetch).on_kind("net", "merge", merge);
    assert_eq!(worker.run_inline(&job, Some(&clock)).await?, JobState::Done);

    let mut out = std::io::stdout();
    let attempt: u32 = db.get_task_output(&job, "flaky").await?;
    let gone = db.get_task(&job, "gone").await?;
    writeln!(out, "flaky came at attempt {attempt}, gone is {}: {:?}", gone.state, gone.error)?;
    let names: Vec<String> = db.get_task_output(&job, "merge").await?;
    writeln!(out, "merged: {}", names.join(", "))?;
    assert_eq!((attempt, gone.state, gone.attempt), (3, TaskState::Failed, 1));
    assert_eq!(names, ["flaky"]);
    Ok(())
}
