//! What must hold after dropped calls, whatever became of each.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taskdb::TaskState;
use uuid::Uuid;

use crate::dropped::{Caller, expected};

/// How many tasks the runtime has.
pub(crate) fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

impl Caller {
    /// Returns when every call that was dropped before has run: one writer takes them in
    /// order, or each is a task of its own that ends.
    pub(crate) async fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.resting.is_some_and(|resting| tasks() > resting) {
            assert!(Instant::now() < end, "{} tasks do not end", tasks());
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        self.db.requeue_tasks(0).await.expect("requeuing works");
    }

    pub(crate) async fn check(&self) {
        self.settle().await;
        assert_eq!(self.db.audit().await.expect("an audit"), []);
        assert_eq!(self.db.check_stuck_pending_tasks().await.expect("a check"), []);
        for ((job_id, task_id), output) in &self.done {
            let stored: Value = self.db.get_task_output(job_id, task_id).await.expect("an output");
            assert_eq!(stored, *output, "task {task_id} of job {job_id}");
        }
        for job_id in &self.jobs {
            self.db.get_job(job_id).await.expect("an acknowledged job exists");
        }
    }

    /// Finishes everything, also what was claimed by calls that nobody saw the answer of.
    pub(crate) async fn drain(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        let live =
            [TaskState::Pending, TaskState::Ready, TaskState::Running].map(|s| s.to_string());
        let counts = || async { self.db.get_task_state_counts().await.expect("counts") };
        while counts().await.iter().any(|count| live.contains(&count.state)) {
            assert!(Instant::now() < end, "stuck: {:?}", counts().await);
            self.db.requeue_tasks(1_000).await.expect("requeuing works");
            for task in self.db.request_work_batch("cpu", 100, None).await.expect("work") {
                let answer = self.db.complete(&task.claim, &json!("drained")).await;
                assert!(answer.as_ref().err().is_none_or(expected), "{answer:?}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waiters that were dropped have left the hub in order.
    pub(crate) async fn still_wakes(&self) {
        assert_eq!(self.db.store().wake_hub().waiting(), 0);
        let waiting = tokio::spawn({
            let db = self.db.clone();
            async move { db.request_work_wait("cpu", 10).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let start = Instant::now();
        let job_id = self.db.create_job_with(self.job(Uuid::new_v4())).await.expect("a job");
        let task = waiting.await.expect("it ends").expect("no error").expect("a task");
        assert_eq!(task.job_id, job_id);
        assert!(start.elapsed() < Duration::from_millis(900), "woken by the fallback only");
    }
}
