//! What becomes of errors, panics and timeouts, and which text is kept of them.

use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{Context, Ended, Error, Result, RunError};
use taskdb::{Backoff, INIT_TASK, JobState, NewJob, TaskState};

use crate::setup::{Heard, Setup, echo, start, until};

/// Fails as the definition says: for good, with a pause, by a panic, by hanging.
async fn fails(how: String, cx: Context) -> Result<u32> {
    if cx.attempt() == 3 {
        return Ok(3);
    }
    match how.as_str() {
        "for good" => Err(Error::fail("no use")),
        "later" => Err(Error::retry_after(Duration::from_millis(80), "busy")),
        "panic" => panic!("number {}", cx.attempt()),
        "hang" => std::future::pending().await,
        "io" => Ok(std::fs::read("/no/such/file")?.len().try_into()?),
        _ => Err(Error::retry("try again")),
    }
}

#[tokio::test]
async fn an_error_is_tried_again_and_the_last_one_is_kept() {
    let setup = Setup::new().await;
    let heard = Heard::default();
    let (lucky, unlucky) = (setup.job(json!("io"), 2).await, setup.job(json!("io"), 1).await);
    let running = start(setup.worker().on("cpu", fails).hooks(heard.clone()));
    assert_eq!(setup.ended(&lucky).await, JobState::Done);
    assert_eq!(setup.output(&lucky, INIT_TASK).await, json!(3));
    assert_eq!(setup.ended(&unlucky).await, JobState::Failed);
    let error = setup.info(&unlucky).await.error.unwrap();
    assert!(error.starts_with("No such file"), "{error}");
    running.end().await.unwrap();
    let pause = Duration::from_millis(1);
    let retried = (INIT_TASK.to_owned(), Ended::Retried { error: error.clone(), pause });
    let heard = heard.all();
    assert_eq!(heard.iter().filter(|told| **told == retried).count(), 3);
    assert!(heard.contains(&(INIT_TASK.to_owned(), Ended::Failed { error })));
    assert!(heard.contains(&(INIT_TASK.to_owned(), Ended::Done)));
}

#[tokio::test]
async fn an_error_for_good_is_not_tried_again() {
    let setup = Setup::new().await;
    let job = setup.job(json!("for good"), 5).await;
    let running = start(setup.worker().on("cpu", fails));
    assert_eq!(setup.ended(&job).await, JobState::Failed);
    assert_eq!(setup.info(&job).await.error.as_deref(), Some("no use"));
    assert_eq!(setup.init(&job).await.attempt, 1);
    running.end().await.unwrap();
}

#[tokio::test]
async fn an_error_may_name_its_own_pause() {
    let setup = Setup::new().await;
    let job = setup.job(json!("later"), 5).await;
    let start_of_test = std::time::Instant::now();
    let running = start(setup.worker().on("cpu", fails));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert!(start_of_test.elapsed() >= Duration::from_millis(160));
    running.end().await.unwrap();
}

/// The worker of these tests would try again after a millisecond.
#[tokio::test]
async fn the_rules_of_a_task_say_how_long_it_waits() {
    let (setup, heard) = (Setup::new().await, Heard::default());
    let backoff = Backoff::exponential(Duration::from_millis(40), Duration::from_millis(80));
    let job = NewJob::new("alice", setup.stream, json!("again")).retries(3).backoff(backoff);
    let job = setup.db.create_job_with(job).await.unwrap();
    let running = start(setup.worker().on("cpu", fails).hooks(heard.clone()));
    assert_eq!(setup.ended(&job).await, JobState::Done);
    running.end().await.unwrap();
    let pauses = heard.all().into_iter().filter_map(|(_, how)| match how {
        Ended::Retried { pause, .. } => Some(pause.as_millis()),
        _ => None,
    });
    assert_eq!(pauses.collect::<Vec<_>>(), [40, 80]);
}

#[tokio::test]
async fn a_panic_is_an_error_with_its_text() {
    let setup = Setup::new().await;
    let (lucky, unlucky) = (setup.job(json!("panic"), 2).await, setup.job(json!("panic"), 1).await);
    let worker = setup.worker().on("cpu", fails);
    let monitor = worker.monitor();
    let running = start(worker);
    assert_eq!(setup.ended(&lucky).await, JobState::Done);
    assert_eq!(setup.ended(&unlucky).await, JobState::Failed);
    assert_eq!(setup.info(&unlucky).await.error.as_deref(), Some("panicked: number 2"));
    running.end().await.unwrap();
    assert_eq!(monitor.status().counts.panicked, 4);
}

#[tokio::test]
async fn a_handler_that_hangs_is_ended_at_its_timeout() {
    let setup = Setup::new().await;
    let job = setup.job_with(json!("hang"), 0, 2).await;
    let worker = setup.worker().on("cpu", fails);
    let monitor = worker.monitor();
    let running = start(worker);
    assert_eq!(setup.ended(&job).await, JobState::Failed);
    // Not by the chore that takes expired claims away, which knows no reason.
    assert_eq!(setup.info(&job).await.error.as_deref(), Some("timed out after 2 s"));
    running.end().await.unwrap();
    assert_eq!(monitor.status().counts.timed_out, 1);
}

/// Hooks and a retry policy that are broken.
struct Broken;

impl taskdb::worker::Hooks for Broken {
    fn ended(&self, _: &taskdb::worker::Request, _: &Ended, _: Duration) {
        std::panic::resume_unwind(Box::new("a hook"));
    }

    fn no_work(&self, _: &str, _: &taskdb::TaskDbErr) {
        std::panic::resume_unwind(Box::new("a hook"));
    }

    fn draining(&self) {
        std::panic::resume_unwind(Box::new("a hook"));
    }
}

#[tokio::test]
async fn what_is_broken_around_handlers_harms_nothing_else() {
    let setup = Setup::new().await;
    setup.db.set_gate(taskdb::store::Gate::NoClaims).await.unwrap();
    let jobs = [setup.job(json!("again"), 2).await, setup.job(json!("again"), 2).await];
    let policy = |request: &taskdb::worker::Request| match request.attempt() {
        1 => std::panic::resume_unwind(Box::new("a policy")),
        _ => Duration::ZERO,
    };
    let worker = setup.worker().on("cpu", fails).hooks(Broken).retry_policy(policy);
    let running = start(worker.concurrency(1));
    tokio::time::sleep(Duration::from_millis(50)).await;
    setup.db.set_gate(taskdb::store::Gate::Open).await.unwrap();
    for job in &jobs {
        assert_eq!(setup.ended(job).await, JobState::Done);
    }
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_broken_worker_gives_its_task_back_and_ends() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let broken = async |_: Value, _: Context| Err::<(), _>(Error::stop_worker("the disk is full"));
    let ended = start(setup.worker().on("cpu", broken)).ended().await;
    let Err(RunError::Stopped(why)) = ended else { panic!("{ended:?}") };
    assert_eq!(why, "the disk is full");
    let init = setup.init(&job).await;
    assert_eq!((init.state, init.retries), (TaskState::Ready, 0));
}

#[tokio::test]
async fn a_result_that_the_store_refuses_is_an_error_of_the_attempt() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let large = async |_: Value, _: Context| Result::Ok("x".repeat(2 << 20));
    let running = start(setup.worker().on("cpu", large));
    assert_eq!(setup.ended(&job).await, JobState::Failed);
    let error = setup.info(&job).await.error.unwrap();
    assert!(error.starts_with("the result is refused"), "{error}");
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_closed_namespace_is_waited_for() {
    use taskdb::store::Gate;
    let setup = Setup::new().await;
    setup.db.set_gate(Gate::NoClaims).await.unwrap();
    let job = setup.job(json!(null), 0).await;
    let worker = setup.worker().on("cpu", echo);
    let monitor = worker.monitor();
    let running = start(worker);
    until("a worker that lives", async || monitor.status().live).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(monitor.status().ready, "the store is there, it only hands out nothing");
    setup.db.set_gate(Gate::Open).await.unwrap();
    assert_eq!(setup.ended(&job).await, JobState::Done);
    running.end().await.unwrap();
}
