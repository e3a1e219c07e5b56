//! The end of a worker: time to finish, then everything goes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{Context, Result};
use taskdb::{INIT_TASK, JobFilter, JobState, Keep, NewJob, Retention, Schedule, TaskState};

use crate::setup::{Setup, cancelled, echo, start, until};

async fn sleep(millis: u64, _: Context) -> Result<u64> {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    Ok(millis)
}

#[tokio::test]
async fn what_runs_may_finish_and_nothing_more_is_taken() {
    let setup = Setup::new().await;
    let first = setup.job(json!(200), 0).await;
    let running = start(setup.worker().on("cpu", sleep).concurrency(1));
    until("the first", async || setup.init(&first).await.state == TaskState::Running).await;
    let second = setup.job(json!(1), 0).await;
    running.end().await.unwrap();
    assert_eq!(setup.output(&first, INIT_TASK).await, json!(200));
    assert_eq!(setup.init(&second).await.state, TaskState::Ready);
}

#[tokio::test]
async fn what_does_not_finish_goes_back_with_its_retries() {
    for now in [true, false] {
        let setup = Setup::new().await;
        let jobs = [setup.job(json!(60_000), 3).await, setup.job(json!(60_000), 3).await];
        let drain = Duration::from_secs(if now { 3_600 } else { 0 });
        let running = start(setup.worker().on("cpu", sleep).drain(drain));
        for job in &jobs {
            until("both", async || setup.init(job).await.state == TaskState::Running).await;
        }
        if now {
            running.stop.now();
        }
        let start_of_end = std::time::Instant::now();
        running.end().await.unwrap();
        assert!(start_of_end.elapsed() < Duration::from_secs(1));
        for job in &jobs {
            let init = setup.init(job).await;
            assert_eq!((init.state, init.retries, init.losses), (TaskState::Ready, 0, 0));
        }
    }
}

/// A thread goes on for a moment after its handler has been cut off.
#[tokio::test]
async fn what_lingers_holds_its_task_back() {
    let setup = Setup::new().await;
    let job = setup.job(json!(null), 3).await;
    let (begun, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let signs = (Arc::clone(&begun), Arc::clone(&done));
    let handler = move |_: Value, cx: Context| {
        let (begun, done) = signs.clone();
        let linger = cx.linger();
        let work = move || {
            begun.store(true, Ordering::SeqCst);
            assert!(cancelled(&cx));
            std::thread::sleep(Duration::from_millis(200));
            done.store(true, Ordering::SeqCst);
            drop(linger);
        };
        async move { Result::Ok(tokio::task::spawn_blocking(work).await?) }
    };
    let running = start(setup.worker().on("cpu", handler).drain(Duration::ZERO));
    until("a handler", async || begun.load(Ordering::SeqCst)).await;
    running.stop.drain();
    until("its task", async || setup.init(&job).await.state == TaskState::Ready).await;
    assert!(done.load(Ordering::SeqCst), "its task was given back before it had ended");
    running.ended().await.unwrap();
    assert_eq!(setup.init(&job).await.retries, 0);
}

#[tokio::test]
async fn what_waits_for_a_slot_goes_back_at_once() {
    let setup = Setup::new().await;
    let running = setup.job(json!(300), 0).await;
    let waiting = setup.job(json!(300), 0).await;
    let worker = start(setup.worker().on("cpu", sleep).concurrency(1).prefetch(5));
    for job in [&running, &waiting] {
        until("both", async || setup.init(job).await.state == TaskState::Running).await;
    }
    worker.stop.drain();
    until("the second", async || setup.init(&waiting).await.state == TaskState::Ready).await;
    assert_eq!(setup.init(&running).await.state, TaskState::Running);
    worker.end().await.unwrap();
    assert_eq!(setup.info(&running).await.state, JobState::Done);
    assert_eq!(setup.init(&waiting).await.retries, 0);
}

#[tokio::test]
async fn a_token_ends_a_worker() {
    let setup = Setup::new().await;
    let token = tokio_util::sync::CancellationToken::new();
    let worker = setup.worker().on("cpu", echo);
    let monitor = worker.monitor();
    assert!(!monitor.status().live && !monitor.status().ready);
    let running = tokio::spawn(worker.run_until(token.clone().cancelled_owned()));
    until("a worker that is ready", async || monitor.status().ready).await;
    token.cancel();
    running.await.unwrap().unwrap();
    let status = monitor.status();
    assert!(status.stopping && !status.ready && !status.live);
}

#[tokio::test]
async fn chores_go_on_whatever_they_do() {
    use std::sync::atomic::AtomicU32;
    static TURNS: AtomicU32 = AtomicU32::new(0);
    static EARLY: AtomicU32 = AtomicU32::new(0);
    let setup = Setup::new().await;
    let at_once = AtomicBool::new(true);
    let before = move |_: taskdb::TaskDb| {
        // Before there is a future at all.
        assert!(!at_once.swap(false, Ordering::SeqCst), "at first");
        EARLY.fetch_add(1, Ordering::SeqCst);
        async { Ok(()) }
    };
    let chore = async |db: taskdb::TaskDb| match TURNS.fetch_add(1, Ordering::SeqCst) {
        0 => panic!("at first"),
        1 => db.get_job(&uuid::Uuid::nil()).await.map(drop),
        _ => Ok(()),
    };
    let worker = setup.worker().on("cpu", echo).chore("own", Duration::from_millis(5), chore);
    let worker = worker.chore("before", Duration::from_millis(5), before);
    let monitor = worker.monitor();
    let running = start(worker);
    let own = || monitor.status().chores.into_iter().find(|chore| chore.name == "own").unwrap();
    until("its turns", async || TURNS.load(Ordering::SeqCst) >= 5).await;
    until("the other's", async || EARLY.load(Ordering::SeqCst) >= 2).await;
    assert!(own().last_success.is_some() && own().failures == 0);
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_worker_is_listed_while_it_runs() {
    let setup = Setup::new().await;
    let worker = setup.worker().named("the one").on("cpu", echo).on("gpu", echo);
    let worker_id = worker.monitor().status().worker_id;
    assert_eq!(worker_id, "the one");
    let listed = async || setup.db.list_workers(None, 10).await.unwrap();
    assert_eq!(listed().await, []);
    let running = start(worker);
    until("its heartbeat", async || !listed().await.is_empty()).await;
    let info = listed().await.remove(0);
    let about: Value = info.about.parse().unwrap();
    assert_eq!(info.worker_id, worker_id);
    assert_eq!(about["worker_types"], json!(["cpu", "gpu"]));
    assert_eq!(about["process"], std::process::id());
    assert!(about["running"] == 0 && about["stopping"] == false, "{about}");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(about["host"], host.trim());
    let lives = info.expires_at.as_micros() - info.seen_at.as_micros();
    assert_eq!(lives, 30_000_000, "it is heard of every ten seconds");
    running.end().await.unwrap();
    assert_eq!(listed().await, []);
}

#[tokio::test]
async fn schedules_fire_and_old_jobs_go() {
    let setup = Setup::new().await;
    let old = setup.job(json!("old"), 0).await;
    setup.db.update_task_done(&old, "init", json!(1)).await.unwrap();
    let cpu = setup.db.get_or_create_stream("cpu", 0, 1.0, "alice").await.unwrap();
    let job = NewJob::new("alice", cpu, json!("tick"));
    setup.db.put_schedule(&Schedule::new("often", "* * * * * *", job)).await.unwrap();
    let none = Keep { age: Some(Duration::ZERO), count: None };
    let running =
        start(setup.worker().on("cpu", echo).retention(Retention { done: none, ..Retention::OFF }));
    until("the old job to go", async || setup.db.get_job(&old).await.is_err()).await;
    let fired = JobFilter::default().state(JobState::Done);
    until("a tick", async || {
        !setup.db.list_jobs(fired.clone(), None, 10).await.unwrap().is_empty()
    })
    .await;
    running.end().await.unwrap();
}

#[tokio::test]
async fn two_workers_of_one_handle_do_not_release_each_others_tasks() {
    let setup = Setup::new().await;
    let job = setup.job(json!(300), 0).await;
    let working = start(setup.worker().on("cpu", sleep));
    until("it", async || setup.init(&job).await.state == TaskState::Running).await;
    let idle = start(setup.worker().on("cpu", async |_: Value, _: Context| Result::Ok(())));
    idle.end().await.unwrap();
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert_eq!(setup.init(&job).await.attempt, 1);
    working.end().await.unwrap();
}
