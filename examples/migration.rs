//! Running work moves from one store to another: verified, in its order, with its results.
//!
//! `cargo run --example migration`

use std::io::Write;
use std::sync::Arc;

use serde_json::json;
use taskdb::store::Gate;
use taskdb::{INIT_TASK, NewTask};
use taskdb_migrate::{CopyOptions, Silent, StoreSource, Target, copy};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    // `redis://` and `postgres://` are places as good as these.
    let old = taskdb::connect("memory:").await?;
    let cpu = old.create_stream("cpu", 2, 1.0, "alice").await?;
    let job = old.create_job(&cpu, &json!({"film": "short"}), 3, 300, "alice").await?;
    let scenes = ["scene-1", "scene-2", "scene-3"];
    let tasks = scenes.map(|scene| NewTask::new(scene, cpu, json!(scene)).after([INIT_TASK]));
    old.create_tasks(&job, tasks).await?;
    let init = old.request_work("cpu").await?.ok_or("there is work")?;
    old.complete(&init.claim, &json!("cut")).await?;
    let first = old.request_work("cpu").await?.ok_or("there is work")?;

    let source = Arc::new(StoreSource::new("the old store", old.clone()));
    let target = Target::new("the new store", taskdb::connect("memory:").await?);
    let report = copy(source, &target, &CopyOptions::default(), &Silent).await?;
    let mut out = std::io::stdout();
    writeln!(out, "moved: {}, digest {}", report.counts, report.digest)?;

    // The old store takes no changes any more; what was being worked on is ready in the new one.
    assert_eq!(old.describe().await?.gate, Gate::ReadOnly);
    assert!(old.complete(&first.claim, &json!("late")).await.is_err());
    let new = target.db();
    while let Some(task) = new.request_work("cpu").await? {
        writeln!(out, "working on {} at its {}. attempt", task.task_id, task.claim.attempt)?;
        new.complete(&task.claim, &json!("rendered")).await?;
    }
    let cut: String = new.get_task_output(&job, INIT_TASK).await?;
    assert_eq!((cut.as_str(), new.get_job_unresolved(&job).await?), ("cut", 0));
    Ok(())
}
