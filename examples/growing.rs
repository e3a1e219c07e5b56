//! A graph that grows while it is worked on: a task plans segments as they arrive, pairs of
//! finished ones are joined at once, and a last task closes the tree.
//!
//! `cargo run --example growing`

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::planner::task::{Command, Task};
use taskdb::planner::{Planner, submit};
use taskdb::worker::{Context, Result};
use taskdb::{JobState, NewTask, Worker};

const SEGMENTS: u64 = 20;

/// Runs the program to be proven, and hands each segment on as soon as it is there.
async fn plan(_: Value, cx: Context) -> Result<String> {
    let mut planner = Planner::default();
    let stream = cx.stream_for("gpu").await?;
    let to_task = |task: &Task| {
        let after = task.depends_on.iter().map(|number| format!("task-{number}"));
        let kind = if task.command == Command::Segment { "prove" } else { "join" };
        let definition = json!({"kind": kind, "number": task.task_number});
        NewTask::new(format!("task-{}", task.task_number), stream, definition).after(after)
    };
    for _ in 0..SEGMENTS {
        planner.enqueue_segment()?;
        submit(cx.db(), cx.job_id(), &mut planner, to_task).await?;
    }
    let last = planner.finish()?;
    submit(cx.db(), cx.job_id(), &mut planner, to_task).await?;
    Ok(format!("task-{last}"))
}

async fn prove(_: Value, _: Context) -> Result<u64> {
    Ok(1)
}

async fn join(_: Value, cx: Context) -> Result<u64> {
    Ok(cx.outputs_as::<u64>().await?.into_iter().sum())
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let db = taskdb::connect("memory:").await?;
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
    let job = db.create_job(&cpu, &json!(null), 3, 300, "alice").await?;
    let worker = Worker::new(db.clone()).on("cpu", plan);
    let worker = worker.on_kind("gpu", "prove", prove).on_kind("gpu", "join", join);
    worker.until_idle(Duration::from_millis(50)).run().await?;
    assert_eq!(db.get_job_state(&job, "alice").await?, JobState::Done);
    let last: String = db.get_task_output(&job, "init").await?;
    let proven: u64 = db.get_task_output(&job, &last).await?;
    writeln!(std::io::stdout(), "{last} holds a proof of {proven} segments")?;
    assert_eq!(proven, SEGMENTS);
    Ok(())
}
