//! A worker in ten lines: a function, a stream it serves, and a store.
//!
//! `cargo run --example hello`

use std::io::Write;
use std::time::Duration;

use serde_json::json;
use taskdb::{Worker, worker};

async fn greet(name: String, _: worker::Context) -> worker::Result<String> {
    Ok(format!("Hello, {name}!"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = taskdb::connect("memory:").await?;
    let desk = db.create_stream("desk", 1, 1.0, "alice").await?;
    let job = db.create_job(&desk, &json!("Bob"), 3, 300, "alice").await?;

    // A worker of a service leaves `until_idle` out, and runs until a signal comes.
    let worker = Worker::new(db.clone()).on("desk", greet);
    worker.until_idle(Duration::from_millis(50)).run().await?;

    let greeting: String = db.get_task_output(&job, "init").await?;
    writeln!(std::io::stdout(), "{greeting}")?;
    assert_eq!(greeting, "Hello, Bob!");
    Ok(())
}
