//! Workers that create, claim and report at random, whatever becomes of the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use taskdb_core::{NewJob, NewTask, ReadyTask, TaskDb, TaskDbErr, TaskState};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{History, Outcome, What};
use crate::rng::Rng;

/// How often a task may be handed out; more than will ever happen.
const RETRIES: i32 = 10_000;
/// How long a worker may take before its task is handed on, in seconds.
const TIMEOUT: i32 = 1;
/// What a task that nobody else has done is done with.
pub(super) const DRAINED: &str = "drained";
/// Jobs that one worker makes at the most.
const JOBS: usize = 400;

/// Workers on one stream of the worker type `cpu`.
#[derive(Debug)]
pub struct Crew {
    workers: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Crew {
    /// Sets so many to work; `seed` decides what they do.
    pub fn start(
        db: &TaskDb,
        stream: Uuid,
        history: &Arc<History>,
        seed: u64,
        workers: u64,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = |n| Worker {
            db: db.clone(),
            stream,
            history: Arc::clone(history),
            rng: Rng::new(seed.wrapping_mul(1_000).wrapping_add(n)),
            jobs: 0,
        };
        let workers =
            (0..workers).map(|n| tokio::spawn(worker(n).run(Arc::clone(&stop)))).collect();
        Self { workers, stop }
    }

    /// Lets them finish their calls.
    ///
    /// # Panics
    ///
    /// When one of them has met an error that it cannot explain.
    pub async fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        for worker in self.workers {
            worker.await.expect("a worker ends");
        }
    }
}

struct Worker {
    db: TaskDb,
    stream: Uuid,
    history: Arc<History>,
    rng: Rng,
    jobs: usize,
}

impl Worker {
    async fn run(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::SeqCst) {
            if self.jobs < JOBS && self.rng.percent(40) {
                self.create().await;
            }
            let begun = self.history.place();
            for task in self.db.request_work_batch("cpu", 2, None).await.unwrap_or_default() {
                self.history.add(begun, What::Claim(task.claim.clone()), Outcome::Accepted);
                self.report(task).await;
            }
            if self.rng.percent(5) {
                let _ = self.db.requeue_tasks(10).await;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn create(&mut self) {
        self.jobs += 1;
        let (id, begun) = (self.rng.id(), self.history.place());
        let job = || {
            let job = NewJob::new("alice", self.stream, json!({})).id(id);
            job.retries(RETRIES).timeout_secs(TIMEOUT)
        };
        let mut outcome = Outcome::of(&self.db.create_job_with(job()).await, |_| true);
        if outcome == Outcome::Unknown && self.rng.percent(50) {
            // Repeated with its id it is made once; refused, it is as open as before.
            let again = Outcome::of(&self.db.create_job_with(job()).await, |_| true);
            outcome = if again == Outcome::Accepted { again } else { outcome };
        }
        self.history.add(begun, What::Create(id), outcome);
    }

    async fn report(&mut self, task: ReadyTask) {
        let claim = &task.claim;
        match self.rng.below(20) {
            0..14 => self.done(&task).await,
            14..16 => {
                let begun = self.history.place();
                let outcome = Outcome::of(&self.db.fail(claim, "no").await, |stored| *stored);
                self.history.add(begun, What::Fail(claim.clone()), outcome);
            }
            16 => drop(self.db.release(claim).await),
            17 => drop(self.db.retry(claim, Duration::ZERO).await),
            18 => drop(self.db.progress(claim, 0.5).await),
            // It forgets what it has, as the killed do.
            _ => {}
        }
    }

    async fn done(&mut self, task: &ReadyTask) {
        let (claim, begun) = (&task.claim, self.history.place());
        let output = claim.id.to_string();
        let child = (task.task_id == "init" || self.rng.percent(20))
            .then(|| format!("child of {}", claim.id));
        let again = self.rng.percent(50);
        let child_of = |name: &String| {
            NewTask::new(name, self.stream, json!({})).retries(RETRIES).timeout_secs(TIMEOUT)
        };
        let value = json!(output);
        let call = async || {
            let children: Vec<_> = child.iter().map(child_of).collect();
            self.db.complete_with_children(claim, &value, children).await
        };
        let mut outcome = Outcome::of(&call().await, |stored| *stored);
        if outcome == Outcome::Unknown && again {
            // The very call that closed a claim gets its answer again, so a refusal tells
            // that it did not; what is not executed now tells nothing.
            outcome = match call().await {
                Err(error) if matches!(error.root(), TaskDbErr::Unavailable(_)) => outcome,
                answer => Outcome::of(&answer, |stored| *stored),
            };
        }
        self.history.add(begun, What::Done(claim.clone(), output, child), outcome);
    }
}

/// Finishes everything that can be finished, also what crews have left; none is at work.
///
/// # Panics
///
/// When something is stuck for longer than `patience`, or a call fails.
pub async fn drain(db: &TaskDb, patience: Duration) {
    let end = Instant::now() + patience;
    let live = [TaskState::Pending, TaskState::Ready, TaskState::Running].map(|s| s.to_string());
    loop {
        let counts = db.get_task_state_counts().await.expect("counts");
        if counts.iter().all(|count| count.count == 0 || !live.contains(&count.state)) {
            return;
        }
        assert!(Instant::now() < end, "stuck: {counts:?}");
        db.requeue_tasks(1_000).await.expect("a sweep");
        let tasks = db.request_work_batch("cpu", 500, None).await.expect("work");
        if tasks.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let outputs: Vec<_> = tasks.into_iter().map(|t| (t.claim, json!(DRAINED))).collect();
        db.complete_batch(outputs).await.expect("answers");
    }
}
