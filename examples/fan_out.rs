//! Fan-out and fan-in: one task finds the parts, each part is a task of its own, and one
//! more puts their outputs together. Kinds tell which function does what.
//!
//! `cargo run --example fan_out`

use std::io::Write;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use taskdb::worker::{Context, Result};
use taskdb::{NewTask, Worker};

const BOOK: [&str; 3] = ["to be or not to be", "that is the question", "ay there is the rub"];

#[derive(Deserialize)]
struct Count {
    page: usize,
}

/// The parts and the sum are created in the step that completes this task, or not at all.
async fn split(_: serde_json::Value, cx: Context) -> Result<usize> {
    let pages: Vec<_> = (0..BOOK.len()).map(|page| format!("page-{page}")).collect();
    for (page, name) in pages.iter().enumerate() {
        let definition = json!({"kind": "count", "page": page});
        cx.create(NewTask::new(name, cx.stream(), definition).retries(3));
    }
    cx.create(NewTask::new("sum", cx.stream(), json!({"kind": "sum"})).after(pages));
    Ok(BOOK.len())
}

async fn count(count: Count, _: Context) -> Result<usize> {
    Ok(BOOK[count.page].split_whitespace().count())
}

async fn sum(_: serde_json::Value, cx: Context) -> Result<usize> {
    Ok(cx.outputs_as::<usize>().await?.into_iter().sum())
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let db = taskdb::connect("memory:").await?;
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
    let job = db.create_job(&cpu, &json!({"kind": "split"}), 3, 300, "alice").await?;

    let worker = Worker::new(db.clone())
        .on_kind("cpu", "split", split)
        .on_kind("cpu", "count", count)
        .on_kind("cpu", "sum", sum);
    worker.until_idle(Duration::from_millis(50)).run().await?;

    let words: usize = db.get_task_output(&job, "sum").await?;
    writeln!(std::io::stdout(), "the book has {words} words")?;
    assert_eq!(words, 15);
    Ok(())
}
