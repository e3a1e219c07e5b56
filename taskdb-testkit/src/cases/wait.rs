//! Cases of `request_work_wait`. Waiting uses real time; what is due, the clock.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use taskdb_core::store::Gate;
use taskdb_core::wake::POLL;
use tokio::task::JoinHandle;

use super::support::*;

cases!(wait:
    nothing_comes_until_the_timeout,
    a_ready_task_comes_at_once,
    a_hint_comes_before_the_next_poll,
    a_new_job_wakes_a_waiter,
    a_job_made_through_another_handle_wakes_a_waiter,
    a_released_dependant_wakes_a_waiter,
    what_comes_back_wakes_a_waiter,
    a_resumed_stream_wakes_a_waiter,
    a_due_task_wakes_a_waiter,
    many_waiters_each_get_one,
    a_waiter_takes_a_batch,
    a_closed_gate_ends_the_wait,
);

/// Real time that no call of a healthy store needs, even on a busy machine.
const SLACK: Duration = Duration::from_secs(10);

fn waiter(db: &TaskDb) -> JoinHandle<(Option<ReadyTask>, Duration)> {
    let db = db.clone();
    tokio::spawn(async move {
        let start = Instant::now();
        let work = db.request_work_wait("cpu", 30).await.unwrap();
        (work, start.elapsed())
    })
}

/// Long enough that the waiters have asked and sleep.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

async fn expect(waiter: JoinHandle<(Option<ReadyTask>, Duration)>, name: &str) -> ReadyTask {
    let (work, took) = waiter.await.unwrap();
    let work = work.expect("the waiter gets the task");
    assert_eq!(work.task_id, name);
    assert!(took < SLACK, "{took:?}");
    work
}

async fn nothing_comes_until_the_timeout(w: World) {
    let start = Instant::now();
    assert!(w.db.request_work_wait("cpu", 1).await.unwrap().is_none());
    let took = start.elapsed();
    assert!(took >= Duration::from_secs(1) && took < SLACK, "{took:?}");
    assert!(w.db.request_work_wait("cpu", 0).await.unwrap().is_none());
}

async fn a_ready_task_comes_at_once(w: World) {
    let (_, job) = w.fresh().await;
    let init = w.db.request_work_wait("cpu", 0).await.unwrap().unwrap();
    assert_eq!(init.job_id, job);
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
}

/// A waiter asks again once a second on its own; a hint must beat that, mostly.
async fn a_hint_comes_before_the_next_poll(w: World) {
    let stream = w.stream().await;
    let mut took = Vec::new();
    for _ in 0..9 {
        let waiting = waiter(&w.db);
        settle().await;
        let start = Instant::now();
        w.job(stream).await;
        expect(waiting, "init").await;
        took.push(start.elapsed());
    }
    took.sort();
    assert!(took[4] < POLL / 3, "{took:?}");
}

async fn a_new_job_wakes_a_waiter(w: World) {
    let waiting = waiter(&w.db);
    settle().await;
    let (_, job) = w.fresh().await;
    assert_eq!(expect(waiting, "init").await.job_id, job);
}

async fn a_job_made_through_another_handle_wakes_a_waiter(w: World) {
    let waiting = waiter(&w.other);
    settle().await;
    let (_, job) = w.fresh().await;
    assert_eq!(expect(waiting, "init").await.job_id, job);
}

async fn a_released_dependant_wakes_a_waiter(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"])).await;
    let waiting = waiter(&w.db);
    settle().await;
    w.finish(&init).await;
    expect(waiting, "next").await;
}

async fn what_comes_back_wakes_a_waiter(w: World) {
    let (_, job, init) = w.started().await;
    let waiting = waiter(&w.db);
    settle().await;
    assert!(w.db.release(&init.claim).await.unwrap());
    let init = expect(waiting, "init").await;
    let waiting = waiter(&w.db);
    settle().await;
    assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
    let init = expect(waiting, "init").await;
    w.fail(&init, "broken").await;
    let waiting = waiter(&w.db);
    settle().await;
    w.db.retry_job(&job).await.unwrap();
    expect(waiting, "init").await;
    let waiting = waiter(&w.db);
    settle().await;
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
    expect(waiting, "init").await;
}

async fn a_resumed_stream_wakes_a_waiter(w: World) {
    let (stream, _) = w.fresh().await;
    w.db.pause_stream(&stream).await.unwrap();
    let waiting = waiter(&w.db);
    settle().await;
    w.db.resume_stream(&stream).await.unwrap();
    expect(waiting, "init").await;
}

async fn a_due_task_wakes_a_waiter(w: World) {
    let stream = w.stream().await;
    w.db.create_job_with(new_job(stream).delay(Duration::from_millis(300))).await.unwrap();
    let waiting = waiter(&w.db);
    settle().await;
    w.clock.advance(Duration::from_millis(300));
    expect(waiting, "init").await;
}

async fn many_waiters_each_get_one(w: World) {
    let stream = w.stream().await;
    let waiters: Vec<_> =
        (0..20).map(|n| waiter(if n % 2 == 0 { &w.db } else { &w.other })).collect();
    settle().await;
    let mut jobs = HashSet::new();
    for _ in 0..20 {
        jobs.insert(w.job(stream).await);
    }
    let mut got = HashSet::new();
    for waiting in waiters {
        got.insert(expect(waiting, "init").await.job_id);
    }
    assert_eq!(got, jobs);
}

async fn a_waiter_takes_a_batch(w: World) {
    let (stream, job) = w.fresh().await;
    w.add(&job, task("a", stream)).await;
    let work = w.db.request_work_batch_wait("cpu", 5, None, secs(30)).await.unwrap();
    assert_eq!(names(&work), ["init", "a"]);
    let none = w.db.request_work_batch_wait("cpu", 5, None, Duration::from_millis(50)).await;
    assert!(none.unwrap().is_empty());
}

async fn a_closed_gate_ends_the_wait(w: World) {
    w.db.set_gate(Gate::NoClaims).await.unwrap();
    let call = w.db.request_work_wait("cpu", 30).await;
    expect_err!(call, TaskDbErr::Closed { gate: Gate::NoClaims });
}
