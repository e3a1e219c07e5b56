//! Following what happens: a subscription in one place, work in another.
//! `cargo run --example events`

use std::io::Write;

use serde_json::json;
use taskdb::{EventFilter, EventKind, EventLevel, EventPolicy, EventsFrom};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = taskdb::connect("memory:").await?;
    // By default the log has the events of jobs, and of tasks what goes wrong.
    db.set_events(EventPolicy { level: EventLevel::All, ..EventPolicy::default() }).await?;
    let mut events = db.subscribe(EventsFrom::Start, EventFilter::default());
    let watcher = tokio::spawn(async move {
        let mut told = Vec::new();
        loop {
            let event = events.next().await?;
            let subject = event.task_id.as_deref().unwrap_or("job");
            let detail = event.detail.unwrap_or_default();
            writeln!(std::io::stdout(), "{subject:>4} {:<8} {detail}", event.kind)?;
            told.push(event.kind);
            if event.task_id.is_none() && event.kind == EventKind::Done {
                // A process that keeps `events.position()` goes on from there.
                return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(told);
            }
        }
    });

    let cpu = db.create_stream("cpu", 0, 1.0, "alice").await?;
    let job = db.create_job(&cpu, &json!("count"), 3, 60, "alice").await?;
    let task = db.request_work("cpu").await?.expect("init is ready");
    db.give_up(&task.claim).await?;
    let task = db.request_work("cpu").await?.expect("it is ready again");
    db.complete(&task.claim, &json!(42)).await?;

    let told = watcher.await?.map_err(|error| error.to_string())?;
    assert_eq!((told.first(), told.last()), (Some(&EventKind::Created), Some(&EventKind::Done)));
    let attempts = db.list_attempts(&job, "init").await?;
    writeln!(std::io::stdout(), "attempts: {}", attempts.len())?;
    assert_eq!(attempts.len(), 2);
    Ok(())
}
