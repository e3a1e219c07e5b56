//! The end of a storm: everything that can be finished is, and those who wait are told.

use std::time::{Duration, Instant};

use serde_json::json;
use taskdb_core::{NewJob, TaskDb, TaskState};
use uuid::Uuid;

/// What a task that nobody else has done is done with.
pub(super) const DRAINED: &str = "drained";
/// How soon a waiter hears of new work: well below the second after which it asks by itself.
const SOON: Duration = Duration::from_millis(200);
/// How often a waiter may come late, while what it listens to is being made anew.
const LATE: usize = 8;

/// Finishes everything that can be finished, also what crews have left; none is at work.
///
/// # Panics
///
/// When something is stuck at the time of `end`, or a call fails.
pub async fn drain(db: &TaskDb, end: Instant) {
    let live = [TaskState::Pending, TaskState::Ready, TaskState::Running].map(|s| s.to_string());
    loop {
        let counts = db.get_task_state_counts().await.expect("counts");
        assert!(Instant::now() < end, "stuck: {counts:?}");
        if counts.iter().all(|count| count.count == 0 || !live.contains(&count.state)) {
            return;
        }
        db.requeue_tasks(1_000).await.expect("a sweep");
        let tasks = db.request_work_batch("cpu", 500, None).await.expect("work");
        if tasks.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let outputs: Vec<_> = tasks.into_iter().map(|t| (t.claim, json!(DRAINED))).collect();
        db.complete_batch(outputs).await.expect("answers");
    }
}

/// Whether somebody who waits for work hears at once of a job that another handle makes.
///
/// # Panics
///
/// When a call fails.
pub async fn is_woken(waiting: &TaskDb, other: &TaskDb, stream: Uuid) -> bool {
    let mut in_a_row = 0;
    for _ in 0..LATE {
        let waiter = waiting.clone();
        let work = tokio::spawn(async move { waiter.request_work_wait("cpu", 10).await });
        while waiting.store().wake_hub().waiting() == 0 {
            tokio::task::yield_now().await;
        }
        // It listens before it asks, so that whatever comes now is a hint or an answer.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let start = Instant::now();
        other.create_job_with(NewJob::new("alice", stream, json!({}))).await.expect("a job");
        let task = work.await.expect("it ends").expect("an answer").expect("a task");
        let took = start.elapsed();
        waiting.complete(&task.claim, &json!(DRAINED)).await.expect("an answer");
        in_a_row = if took < SOON { in_a_row + 1 } else { 0 };
        if in_a_row == 3 {
            return true;
        }
    }
    false
}
