//! A worker that waits hears of a task that another process creates, long before
//! the fallback would have told it.

use std::time::Duration;

use serde_json::json;
use taskdb::{Clock, SystemClock};

use crate::child::{self, Child, Role, Setup};
use taskdb_testkit::rng;

const WAKE_UPS: u32 = 30;
/// The fallback looks once a second, counted from before the task is created.
const LIMIT: Duration = Duration::from_millis(900);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wake_crosses_processes() {
    let seed = rng::seed();
    println!("TASKDB_SEED={seed}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wake.db");
    let db = child::open(&path).await;
    db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let mut child = Child::spawn(Role::Waker, &path, seed);
    child.ready().await;
    let mut latencies = Vec::new();
    for _ in 0..WAKE_UPS {
        let waiting = tokio::spawn({
            let db = db.clone();
            async move { (db.request_work_wait("cpu", 10).await, SystemClock.now()) }
        });
        child.send("go");
        let (task, woken) = waiting.await.expect("it ends");
        let task = task.expect("no error").expect("a task within 10 s");
        let created = db.get_job(&task.job_id).await.expect("its job").created_at;
        latencies.push(woken.since(created));
        assert!(db.complete(&task.claim, &json!(null)).await.expect("it is held"));
    }
    child.end().await;
    latencies.sort_unstable();
    let (p50, p99) = (latencies[latencies.len() / 2], latencies[latencies.len() - 1]);
    println!("{WAKE_UPS} wake-ups from another process: p50 {p50:?}, p99 {p99:?}");
    assert!(p99 < LIMIT, "slower than the fallback may be: {latencies:?}");
}

/// Creates a job shortly after each command, when the parent surely waits.
pub(crate) async fn run_child() {
    let Setup { path, mut rng, mut commands } = child::begin();
    let db = child::open(&path).await;
    let stream_id = db.get_stream("alice", "cpu").await.expect("an answer").expect("a stream");
    while commands.recv().await.is_some() {
        tokio::time::sleep(Duration::from_millis(20 + rng.below(25))).await;
        db.create_job(&stream_id, &json!({}), 0, 60, "alice").await.expect("a job");
    }
}
