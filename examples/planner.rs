//! A graph that grows while it runs: numbers arrive one by one, and their squares are
//! added up in a tree that is worked on long before the last one is there.
//!
//! `cargo run --example planner`

use std::io::Write;

use serde_json::json;
use taskdb::TaskDb;
use taskdb::planner::submit;
use taskdb::planner::tree::{Node, Tree};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let db = taskdb::connect("memory:").await?;
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
    let job = db.create_job(&cpu, &json!("plan"), 3, 300, "alice").await?;
    let init = db.request_work("cpu").await?.ok_or("no work")?;

    let mut tree = Tree::new("sum");
    let to_task = |node: &Node<u64>| node.task(cpu, json!({ "number": node.leaf() }));
    let mut done_early = 0;
    for number in 1..=100 {
        tree.enqueue(number)?;
        submit(&db, &job, &mut tree, to_task).await?;
        done_early += work(&db).await?;
    }
    let root = tree.finish()?;
    submit(&db, &job, &mut tree, to_task).await?;
    db.complete(&init.claim, &json!(null)).await?;
    let done_late = work(&db).await?;

    let total: u64 = db.get_task_output(&job, &tree.name_of(root)).await?;
    let tasks = format!("{done_early} tasks while numbers came, {done_late} at the end");
    writeln!(std::io::stdout(), "the squares of 1 to 100 add up to {total}: {tasks}")?;
    assert_eq!(total, 338_350);
    Ok(())
}

/// Does what is ready: squares a number, or adds up what earlier tasks have come to.
async fn work(db: &TaskDb) -> Result<usize> {
    let mut done = 0;
    while let Some(task) = db.request_work("cpu").await? {
        let mut output = task.task_def["number"].as_u64().map_or(0, |number| number * number);
        for input in task.prereqs.as_array().into_iter().flatten() {
            let name = input.as_str().unwrap_or_default();
            output += db.get_task_output::<u64>(&task.job_id, name).await?;
        }
        db.complete(&task.claim, &json!(output)).await?;
        done += 1;
    }
    Ok(done)
}
