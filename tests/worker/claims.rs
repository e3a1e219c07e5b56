//! How claims are kept, and what a worker does once one is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{Context, Ended, Result};
use taskdb::{ClaimLostReason, INIT_TASK, JobState, NewTask, TaskState};

use crate::setup::{Heard, Setup, cancelled, echo, start, until};

const LEASE: Duration = Duration::from_millis(300);

/// A handler that hangs, and whether it has begun and has been cut off.
#[derive(Clone, Default)]
struct Hangs {
    begun: Arc<AtomicBool>,
    dropped: Arc<AtomicBool>,
}

impl taskdb::worker::Handler<Value, ()> for Hangs {
    async fn handle(&self, _: Value, _: Context) -> Result<()> {
        let _guard = Guard(Arc::clone(&self.dropped));
        self.begun.store(true, Ordering::SeqCst);
        std::future::pending().await
    }
}

struct Guard(Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Hangs {
    async fn begun(&self) {
        until("a handler", async || self.begun.load(Ordering::SeqCst)).await;
    }

    async fn cut_off(&self) {
        until("its end", async || self.dropped.load(Ordering::SeqCst)).await;
    }
}

#[tokio::test]
async fn a_lease_is_renewed_for_as_long_as_the_handler_runs() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let slow = async |_: Value, _: Context| {
        tokio::time::sleep(LEASE * 4).await;
        Result::Ok(())
    };
    let worker = setup.worker().on("cpu", slow).lease(LEASE);
    let monitor = worker.monitor();
    let running = start(worker);
    assert_eq!(setup.ended(&job).await, JobState::Done);
    let init = setup.init(&job).await;
    assert_eq!((init.losses, init.attempt), (0, 1));
    running.end().await.unwrap();
    assert!(monitor.status().counts.renewed >= 4);
}

#[tokio::test]
async fn every_claim_is_renewed() {
    let setup = Setup::new().await;
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(setup.job(json!(null), 0).await);
    }
    let slow = async |_: Value, _: Context| {
        tokio::time::sleep(LEASE * 4).await;
        Result::Ok(())
    };
    let running = start(setup.worker().on("cpu", slow).lease(LEASE));
    for job in &jobs {
        assert_eq!(setup.ended(job).await, JobState::Done);
        assert_eq!(setup.init(job).await.losses, 0);
    }
    running.end().await.unwrap();
}

/// The worker has not heard of its loss when it comes to an output.
#[tokio::test]
async fn an_output_that_comes_too_late_changes_nothing() {
    let setup = Setup::new().await;
    let (heard, begun) = (Heard::default(), Arc::new(AtomicBool::new(false)));
    let go_on = Arc::new(tokio::sync::Notify::new());
    let signs = (Arc::clone(&begun), Arc::clone(&go_on));
    let late = move |_: Value, cx: Context| {
        let (begun, go_on) = signs.clone();
        async move {
            cx.create(NewTask::new("child", cx.stream(), json!(null)));
            begun.store(true, Ordering::SeqCst);
            go_on.notified().await;
            Result::Ok("late")
        }
    };
    let job = setup.job(json!(null), 0).await;
    let running = start(setup.worker().on("cpu", late).concurrency(1).hooks(heard.clone()));
    until("a handler", async || begun.load(Ordering::SeqCst)).await;
    setup.db.cancel_job(&job).await.unwrap();
    setup.db.retry_job(&job).await.unwrap();
    let other = setup.db.request_work("cpu").await.unwrap().expect("it can be had again");
    setup.db.complete(&other.claim, &json!("first")).await.unwrap();
    go_on.notify_one();
    running.end().await.unwrap();
    assert_eq!(setup.output(&job, INIT_TASK).await, json!("first"));
    assert!(matches!(&heard.all()[..], [(_, Ended::Lost { .. })]), "{:?}", heard.all());
    assert!(setup.db.get_task(&job, "child").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_lost_claim_cuts_its_handler_off_and_its_result_is_dropped() {
    let setup = Setup::new().await;
    let (heard, hangs) = (Heard::default(), Hangs::default());
    let job = setup.job(json!(null), 0).await;
    let running = start(setup.worker().on("cpu", hangs.clone()).lease(LEASE).hooks(heard.clone()));
    hangs.begun().await;
    let cancelled = std::time::Instant::now();
    setup.db.cancel_job(&job).await.unwrap();
    hangs.cut_off().await;
    let took = cancelled.elapsed();
    assert!(took < LEASE / 3 + Duration::from_millis(150), "{took:?}: a renewal tells of it");
    running.end().await.unwrap();
    let lost = Ended::Lost { reason: ClaimLostReason::Cancelled };
    assert_eq!(heard.all(), [(INIT_TASK.to_owned(), lost)]);
}

#[tokio::test]
async fn a_job_that_has_failed_gets_its_tasks_back() {
    let setup = Setup::new().await;
    let (heard, hangs) = (Heard::default(), Hangs::default());
    let job = setup.job(json!(null), 0).await;
    let nobody = setup.db.create_stream("nobody", 0, 1.0, "alice").await.unwrap();
    setup.db.create_task_with(&job, NewTask::new("a", nobody, json!(1))).await.unwrap();
    let running = start(setup.worker().on("cpu", hangs.clone()).lease(LEASE).hooks(heard.clone()));
    hangs.begun().await;
    assert!(setup.db.update_task_failed(&job, "a", "broken").await.unwrap());
    hangs.cut_off().await;
    running.end().await.unwrap();
    let back = Ended::Released { why: "the job is failed".into() };
    assert_eq!(heard.all(), [(INIT_TASK.to_owned(), back)]);
    assert_eq!(setup.init(&job).await.state, TaskState::Cancelled);
}

#[tokio::test]
async fn what_a_lost_worker_held_is_taken_again_within_lease_and_a_second() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 1).await;
    let lost = setup.db.request_work_batch("cpu", 1, Some(LEASE)).await.unwrap();
    let start_of_wait = std::time::Instant::now();
    assert_eq!(lost.len(), 1, "nobody will ever hear of this worker again");
    let worker = setup.worker().on("cpu", echo);
    let monitor = worker.monitor();
    let running = start(worker);
    assert_eq!(setup.ended(&job).await, JobState::Done);
    let took = start_of_wait.elapsed();
    assert!(took < LEASE + Duration::from_secs(1), "{took:?}");
    assert_eq!(setup.init(&job).await.losses, 1);
    let chores = monitor.status().chores;
    assert_eq!(chores[0].name, "requeue");
    assert!(chores[0].last_success.unwrap() < Duration::from_secs(2));
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_thread_is_told_that_its_work_is_of_no_use() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let (begun, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let signs = (Arc::clone(&begun), Arc::clone(&told));
    let handler = move |_: Value, cx: Context| {
        let (begun, told) = signs.clone();
        async move {
            let work = move || {
                begun.store(true, Ordering::SeqCst);
                told.store(cancelled(&cx), Ordering::SeqCst);
            };
            Result::Ok(tokio::task::spawn_blocking(work).await?)
        }
    };
    let running = start(setup.worker().on("cpu", handler).lease(LEASE));
    until("a handler", async || begun.load(Ordering::SeqCst)).await;
    setup.db.cancel_job(&job).await.unwrap();
    until("the thread", async || told.load(Ordering::SeqCst)).await;
    running.end().await.unwrap();
}

/// Its own token, which it may do with as it likes.
#[tokio::test]
async fn a_token_tells_of_the_end_and_ends_nothing() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 0).await;
    let told = Arc::new(AtomicBool::new(false));
    let sign = Arc::clone(&told);
    let handler = move |_: Value, cx: Context| {
        let (end, sign) = (cx.cancellation(), Arc::clone(&sign));
        tokio::spawn(async move {
            end.cancelled().await;
            sign.store(true, Ordering::SeqCst);
        });
        async move {
            cx.cancellation().cancel();
            tokio::time::sleep(LEASE).await;
            assert!(!cx.is_cancelled());
            cx.progress(0.5);
            std::future::pending::<Result<()>>().await
        }
    };
    let running = start(setup.worker().on("cpu", handler).lease(LEASE));
    until("half of it", async || setup.init(&job).await.progress >= 0.5).await;
    assert!(!told.load(Ordering::SeqCst));
    setup.db.cancel_job(&job).await.unwrap();
    until("the token", async || told.load(Ordering::SeqCst)).await;
    running.end().await.unwrap();
}
