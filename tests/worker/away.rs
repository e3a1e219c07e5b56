//! A store that goes away: nothing spins, nothing is lost, and everybody can see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taskdb::worker::{Context, Result, RunError, StoreState};
use taskdb::{INIT_TASK, JobState, TaskState};
use tokio::sync::Notify;

use crate::flaky::Switch;
use crate::setup::{Log, Setup, echo, start, until};

#[tokio::test]
async fn a_result_waits_for_the_store_and_probes_see_it() {
    let (setup, switch) = (Setup::new().await, Switch::default());
    let job = setup.job(json!(null), 0).await;
    let go_on = Arc::new(Notify::new());
    let (signal, begun) = (Arc::clone(&go_on), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&begun);
    let handler = move |_: Value, _: Context| {
        let (signal, count) = (Arc::clone(&signal), Arc::clone(&count));
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            signal.notified().await;
            Result::Ok("kept")
        }
    };
    let worker = setup.switched(&switch).worker().on("cpu", handler);
    let monitor = worker.monitor();
    let running = start(worker);
    until("a handler", async || begun.load(Ordering::SeqCst) == 1).await;
    until("readiness", async || monitor.status().ready).await;
    switch.away(true);
    go_on.notify_one();
    until("it to be noticed", async || !monitor.status().ready).await;
    let calls = switch.calls();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    // Pauses of 50 to 100 ms, and twice as long each time.
    let calls = switch.calls() - calls;
    assert!((2..=9).contains(&calls), "{calls} calls in 1.5 s of everything a worker does");
    let status = monitor.status();
    assert!(status.live && !status.ready && !status.stopping, "{status:?}");
    assert!(matches!(status.store, StoreState::Away { failures: 2.., .. }), "{status:?}");
    assert_eq!((status.running, status.counts.done), (1, 0));
    switch.away(false);
    let back = Instant::now();
    until("readiness", async || monitor.status().ready).await;
    assert_eq!(setup.ended(&job).await, JobState::Done);
    assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
    assert_eq!(setup.output(&job, INIT_TASK).await, json!("kept"));
    assert_eq!(begun.load(Ordering::SeqCst), 1, "it was done once");
    running.end().await.unwrap();
}

/// Nobody hears of the claim, so nobody gives it back by itself.
#[tokio::test]
async fn what_a_call_without_an_answer_has_claimed_goes_back_at_the_end() {
    let (setup, switch) = (Setup::new().await, Switch::default());
    let running = start(setup.switched(&switch).worker().on("cpu", echo));
    switch.mute("request_work");
    let job = setup.job(json!(null), 0).await;
    until("the call", async || !switch.is_mute()).await;
    until("its claim", async || setup.init(&job).await.state == TaskState::Running).await;
    running.end().await.unwrap();
    let init = setup.init(&job).await;
    assert_eq!((init.state, init.retries, init.losses), (TaskState::Ready, 0, 0));
}

#[tokio::test]
async fn patience_with_a_store_ends_when_it_was_told_to() {
    let (setup, switch) = (Setup::new().await, Switch::default());
    let job = setup.job(json!(null), 0).await;
    let hangs = async |_: Value, _: Context| std::future::pending::<Result<()>>().await;
    let worker =
        setup.switched(&switch).worker().on("cpu", hangs).drain(Duration::from_secs(3_600));
    let running = start(worker.patience(Duration::from_millis(300)));
    until("it", async || setup.init(&job).await.state == TaskState::Running).await;
    switch.away(true);
    let gone = Instant::now();
    let ended = running.ended().await;
    let Err(RunError::StoreAway { since, error }) = ended else { panic!("{ended:?}") };
    assert!(since >= Duration::from_millis(300) && error.contains("unplugged"), "{error}");
    assert!(gone.elapsed() < Duration::from_secs(5), "{:?}", gone.elapsed());
    assert_eq!(setup.init(&job).await.state, TaskState::Running, "its lease ends by itself");
}

#[tokio::test]
async fn a_worker_without_an_end_of_its_patience_can_be_stopped() {
    let (setup, switch) = (Setup::new().await, Switch::default());
    let worker = setup.switched(&switch).worker().on("cpu", echo);
    let monitor = worker.monitor();
    let running = start(worker);
    until("readiness", async || monitor.status().ready).await;
    switch.away(true);
    until("it to be noticed", async || !monitor.status().ready).await;
    let told = Instant::now();
    running.end().await.unwrap();
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
}

#[tokio::test]
async fn the_log_has_a_line_when_the_store_goes_and_one_when_it_is_back() {
    let (setup, switch, log) = (Setup::new().await, Switch::default(), Log::of_this_thread());
    let worker = setup.switched(&switch).worker().on("cpu", echo);
    let monitor = worker.monitor();
    let running = start(worker);
    until("readiness", async || monitor.status().ready).await;
    switch.away(true);
    let failures = || match monitor.status().store {
        StoreState::Away { failures, .. } => failures,
        _ => 0,
    };
    until("some attempts", async || failures() >= 5).await;
    switch.away(false);
    until("readiness", async || monitor.status().ready).await;
    running.end().await.unwrap();
    let lines = log.lines();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains("the store does not answer") && lines[0].contains("unplugged"));
    assert!(lines[1].contains("the store answers again"), "{lines:#?}");
}
