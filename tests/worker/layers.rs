//! Tower layers around handlers: those of tower, that of spans, and one of one's own.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{BoxError, Context, Error, Request, Result, TraceLayer};
use taskdb::{JobState, NewTask};
use tower::limit::ConcurrencyLimitLayer;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::util::MapResponseLayer;

use crate::setup::{Log, Setup, start};

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

#[tokio::test]
async fn a_limit_of_tower_holds_over_all_slots() {
    let setup = Setup::new().await;
    let job = setup.job(json!(0), 0).await;
    let tasks = (1..10).map(|number| NewTask::new(format!("t{number}"), setup.stream, json!(1)));
    setup.db.create_tasks(&job, tasks).await.unwrap();
    let now = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let seen = Arc::clone(&now);
    let handler = move |_: Value, _: Context| {
        let now = Arc::clone(&now);
        async move {
            now.1.fetch_max(now.0.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            now.0.fetch_sub(1, Ordering::SeqCst);
            Result::Ok(())
        }
    };
    let running = start(setup.worker().on("cpu", handler).layer(ConcurrencyLimitLayer::new(2)));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert_eq!(seen.1.load(Ordering::SeqCst), 2, "of four slots");
    running.end().await.unwrap();
}

/// Calls the handler again, a few times, within one attempt.
#[derive(Clone)]
struct Again(usize);

impl Policy<Request, Value, BoxError> for Again {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request,
        result: &mut std::result::Result<Value, BoxError>,
    ) -> Option<Ready<()>> {
        self.0 = self.0.checked_sub(usize::from(result.is_err()))?;
        result.is_err().then(|| ready(()))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn a_retry_of_tower_stays_within_the_attempt() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let handler = move |_: Value, cx: Context| {
        let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            if cx.task_id() == "init" {
                // What the calls before the last have asked for is void.
                cx.create(NewTask::new(format!("child-{call}"), cx.stream(), json!(null)));
            }
            if call < 3 { Err(Error::retry("again")) } else { Ok(call) }
        }
    };
    let running = start(setup.worker().on("cpu", handler).layer(RetryLayer::new(Again(5))));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert_eq!(setup.output(&job, "init").await, json!(3));
    assert_eq!(setup.init(&job).await.attempt, 1);
    assert!(setup.db.get_task(&job, "child-3").await.is_ok());
    assert!(setup.db.get_task(&job, "child-1").await.unwrap_err().is_not_found());
    running.end().await.unwrap();
}

#[tokio::test]
async fn what_a_handler_logs_is_within_the_span_of_its_attempt() {
    let (setup, log) = (Setup::new().await, Log::of_this_thread());
    let job = setup.job(json!(null), 1).await;
    let handler = async |_: Value, cx: Context| {
        tracing::info!("working");
        if cx.attempt() == 1 { Err(Error::retry("once")) } else { Result::Ok(()) }
    };
    let running = start(setup.worker().on("cpu", handler).layer(TraceLayer));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    running.end().await.unwrap();
    let lines = log.lines();
    let attempts = [1, 2].map(|attempt| {
        format!("attempt{{job_id={job} task_id=\"init\" worker_type=\"cpu\" attempt={attempt}}}")
    });
    let working: Vec<_> = lines.iter().filter(|line| line.ends_with("working")).collect();
    assert_eq!(working.len(), 2, "{lines:#?}");
    for (line, attempt) in working.iter().zip(attempts) {
        assert!(line.contains(&attempt), "{line}");
    }
}
