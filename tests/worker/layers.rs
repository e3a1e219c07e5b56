//! Tower layers around handlers, those of tower and one of one's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::JobState;
use taskdb::worker::{Context, Error, Result};
use tower::timeout::TimeoutLayer;
use tower::util::MapResponseLayer;

use crate::setup::{Setup, start};

#[tokio::test]
async fn a_timeout_of_tower_is_an_error_of_the_attempt() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let hangs = async |_: Value, _: Context| std::future::pending::<Result<()>>().await;
    let layer = TimeoutLayer::new(Duration::from_millis(20));
    let running = start(setup.worker().on("cpu", hangs).layer(layer));
    assert_eq!(setup.ended(&job).await, JobState::Failed);
    assert_eq!(setup.info(&job).await.error.as_deref(), Some("request timed out"));
    running.end().await.unwrap();
}

#[tokio::test]
async fn what_a_handler_has_decided_comes_through_layers() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 5).await;
    let fails = async |_: Value, _: Context| Err::<(), _>(Error::fail("for good"));
    let layer = TimeoutLayer::new(Duration::from_secs(20));
    let running = start(setup.worker().on("cpu", fails).layer(layer));
    assert_eq!(setup.ended(&job).await, JobState::Failed);
    assert_eq!(setup.info(&job).await.error.as_deref(), Some("for good"));
    assert_eq!(setup.init(&job).await.attempt, 1);
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_layer_sees_every_task_and_the_last_is_the_outermost() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let one = async |_: Value, _: Context| Result::Ok(1);
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let first = MapResponseLayer::new(|output: Value| json!([output]));
    let second = MapResponseLayer::new(move |output: Value| {
        count.fetch_add(1, Ordering::SeqCst);
        json!({"outer": output})
    });
    let running = start(setup.worker().on("cpu", one).layer(first).layer(second));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert_eq!(setup.output(&job, "init").await, json!({"outer": [1]}));
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    running.end().await.unwrap();
}
