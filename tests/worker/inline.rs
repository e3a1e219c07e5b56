//! The test mode: a job is run in the place of the call, with a clock moved by hand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taskdb::worker::{Context, Ended, Error, Result};
use taskdb::{JobState, ManualClock, NewTask, TaskDb, TaskDbErr, Worker};
use tower::util::MapResponseLayer;

use crate::setup::{Heard, Setup, echo};

async fn still(clock: &ManualClock) -> TaskDb {
    let store = taskdb::sqlite::Config::memory().clock(Arc::new(clock.clone()));
    store.connect().await.expect("a store")
}

/// `init` makes three parts, each of which comes at its third attempt, and their sum.
async fn parts(input: Value, cx: Context) -> Result<u64> {
    let (Some(part), attempt) = (input.as_u64(), cx.attempt()) else {
        return Ok(cx.outputs_as::<u64>().await?.iter().sum());
    };
    match (part, attempt) {
        (0, _) => {
            let names = [1, 2, 3].map(|part| format!("part-{part}"));
            let parts = names.iter().zip(1_u64..);
            parts.for_each(|(name, part)| {
                cx.create(NewTask::new(name, cx.stream(), json!(part)).retries(5))
            });
            cx.create(NewTask::new("sum", cx.stream(), json!("sum")).after(names));
            Ok(0)
        }
        (_, 1) => panic!("at first"),
        (_, 2) => Err(Error::retry_after(Duration::from_secs(86_400), "tomorrow")),
        _ => Ok(part),
    }
}

#[tokio::test]
async fn a_day_of_pauses_takes_a_moment() {
    let (clock, heard) = (ManualClock::default(), Heard::default());
    let setup = Setup::on(still(&clock).await).await;
    let job = setup.job(json!(0), 0).await;
    let tenfold = MapResponseLayer::new(|output: Value| json!(output.as_u64().unwrap_or(0) * 10));
    let worker = setup.worker().on("cpu", parts).layer(tenfold).hooks(heard.clone());
    let start = Instant::now();
    assert_eq!(worker.run_inline(&job, Some(&clock)).await.unwrap(), JobState::Done);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(setup.output(&job, "sum").await, json!((10 + 20 + 30) * 10));
    let heard = heard.all();
    let panics = heard.iter().filter(
        |(_, how)| matches!(how, Ended::Retried { error, .. } if error == "panicked: at first"),
    );
    assert_eq!((heard.len(), panics.count()), (11, 3), "{heard:?}");
    let last = setup.db.get_task(&job, "sum").await.unwrap();
    let took = last.updated_at.as_micros() - setup.info(&job).await.created_at.as_micros();
    assert!(took >= 86_400_000_000, "{took}");
}

#[tokio::test]
async fn a_job_that_it_cannot_end_is_told() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let worker = Worker::new(setup.db.clone()).on("gpu", echo);
    let stuck = worker.run_inline(&job, None).await.unwrap_err();
    assert!(matches!(stuck, TaskDbErr::InvalidState { .. }), "{stuck}");
    assert!(stuck.to_string().contains("no task for a worker of gpu"), "{stuck}");
    let unknown = worker.run_inline(&uuid::Uuid::nil(), None).await.unwrap_err();
    assert!(unknown.is_not_found(), "{unknown}");
}
