//! A job that recurs: written once under a name, fired by whichever worker looks first, and
//! deleted some time after it is done.
//!
//! `cargo run --example cron`

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::{JobFilter, JobState, Keep, NewJob, Retention, Schedule, Worker, worker};

async fn report(_: Value, _: worker::Context) -> worker::Result<&'static str> {
    Ok("all is well")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = taskdb::connect("memory:").await?;
    let desk = db.create_stream("desk", 1, 1.0, "alice").await?;

    // Six fields begin with seconds. A program may say this whenever it starts: saying the
    // same again changes nothing, and no tick is lost.
    let job = NewJob::new("alice", desk, json!({"report": "daily"})).retries(3);
    let schedule = Schedule::new("report", "* * * * * *", job).time_zone("Europe/Berlin");
    db.put_schedule(&schedule).await?;

    // Any number of workers: each tick makes one job. Half an hour is kept of what is done.
    let done = Keep { age: Some(Duration::from_secs(1_800)), count: None };
    let worker = || {
        let retention = Retention { done, ..Retention::default() };
        Worker::new(db.clone()).on("desk", report).retention(retention)
    };
    let end = || tokio::time::sleep(Duration::from_millis(3_500));
    let (one, other) = tokio::join!(worker().run_until(end()), worker().run_until(end()));
    one.and(other)?;

    let reports = db.list_jobs(JobFilter::default().state(JobState::Done), None, 100).await?;
    writeln!(std::io::stdout(), "{} reports", reports.len())?;
    assert!((1..=4).contains(&reports.len()), "{reports:?}");
    Ok(())
}
