//! Workers that create, claim and report at random, whatever becomes of the store.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use taskdb_core::{NewJob, NewTask, ReadyTask, Result, TaskDb};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{History, Outcome, What};
use crate::rng::Rng;

/// How often a task may be handed out; more than will ever happen.
const RETRIES: i32 = 10_000;
/// How long a worker may take before its task is handed on: no claim of a crew lasts longer.
pub const CLAIM: Duration = Duration::from_secs(3);
/// The same in seconds, as tasks have it.
const TIMEOUT: i32 = 3;
/// The lease of some claims.
const LEASE: Duration = Duration::from_millis(150);
/// Jobs that one worker makes at the most.
const JOBS: usize = 60;
/// How long a worker that has found nothing waits for work.
const PAUSE: Duration = Duration::from_millis(20);
/// Calls are dropped after up to so many microseconds.
const SOON: u64 = 3_000;

/// Who works, and how.
#[derive(Debug, Clone, Copy)]
pub struct Orders {
    /// Decides what they do.
    pub seed: u64,
    /// How many there are.
    pub workers: u64,
    /// How many of a hundred calls are dropped before their answer is there.
    pub drops: u64,
}

/// Workers on one stream of the worker type `cpu`.
#[derive(Debug)]
pub struct Crew {
    workers: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Crew {
    /// Sets some to work.
    pub fn start(db: &TaskDb, stream: Uuid, history: &Arc<History>, orders: Orders) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = |n| Worker {
            db: db.clone(),
            stream,
            history: Arc::clone(history),
            rng: Rng::new(orders.seed.wrapping_mul(1_000).wrapping_add(n)),
            drops: orders.drops,
            jobs: 0,
            forgotten: Vec::new(),
        };
        let workers =
            (0..orders.workers).map(|n| tokio::spawn(worker(n).run(Arc::clone(&stop)))).collect();
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

pub(super) struct Worker {
    pub(super) db: TaskDb,
    pub(super) stream: Uuid,
    pub(super) history: Arc<History>,
    pub(super) rng: Rng,
    drops: u64,
    jobs: usize,
    /// Tasks that it has let expire, and may report all the same.
    forgotten: Vec<ReadyTask>,
}

impl Worker {
    async fn run(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::SeqCst) {
            if self.jobs < JOBS && self.rng.percent(40) {
                self.create().await;
            }
            self.work().await;
            if self.rng.percent(15)
                && let Some(late) = self.rng.take(&mut self.forgotten)
            {
                self.report(late).await;
            }
            if self.rng.percent(5) {
                let db = self.db.clone();
                self.call(async move { db.requeue_tasks(10).await }).await;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Makes a call, and sometimes drops it before its answer is there.
    pub(super) async fn call<T>(
        &mut self,
        call: impl Future<Output = Result<T>>,
    ) -> Option<Result<T>> {
        if !self.rng.percent(self.drops) {
            return Some(call.await);
        }
        let time = Duration::from_micros(self.rng.below(SOON));
        let mut call = pin!(call);
        // Timers are too coarse for this: they count milliseconds.
        tokio::select! {
            biased;
            answer = &mut call => Some(answer),
            () = spin(time) => None,
        }
    }

    async fn create(&mut self) {
        self.jobs += 1;
        let id = self.rng.id();
        let number = self.history.begin(What::Create(id));
        let (db, stream) = (self.db.clone(), self.stream);
        let create = async || {
            let job = NewJob::new("alice", stream, json!({})).id(id);
            db.create_job_with(job.retries(RETRIES).timeout_secs(TIMEOUT)).await
        };
        let mut outcome = Outcome::of(self.call(create()).await.as_ref(), |_| true);
        if outcome == Outcome::Unknown && self.rng.percent(50) {
            // Repeated with its id it is made once; refused, it is as open as before.
            let again = Outcome::of(Some(&create().await), |_| true);
            outcome = if again == Outcome::Accepted { again } else { outcome };
        }
        self.history.end(number, outcome);
    }

    async fn work(&mut self) {
        let (db, begun) = (self.db.clone(), History::now());
        let lease = self.rng.percent(50).then_some(LEASE);
        let pause = if self.rng.percent(50) { PAUSE } else { Duration::ZERO };
        let taken = self
            .call(async move { db.request_work_batch_wait("cpu", 2, lease, pause).await })
            .await;
        let lasts = lease.unwrap_or(CLAIM).as_micros();
        let tasks = taken.and_then(Result::ok).unwrap_or_default();
        for task in &tasks {
            let lasts = u64::try_from(lasts).unwrap_or(u64::MAX);
            self.history.claimed(begun, task.claim.clone(), lasts);
        }
        for task in tasks {
            self.report(task).await;
        }
    }

    async fn report(&mut self, task: ReadyTask) {
        let (db, claim) = (self.db.clone(), task.claim.clone());
        match self.rng.below(20) {
            0..13 => self.done(&task).await,
            13 => {
                let number = self.history.begin(What::Fail(claim.clone()));
                let answer = self.call(async move { db.fail(&claim, "no").await }).await;
                self.history.end(number, Outcome::of(answer.as_ref(), |stored| *stored));
            }
            kind @ 14..16 => {
                let number = self.history.begin(What::Back(claim.clone()));
                let delay = Duration::ZERO;
                let back = async move {
                    if kind == 14 {
                        db.release(&claim).await
                    } else {
                        db.retry(&claim, delay).await
                    }
                };
                let answer = self.call(back).await;
                self.history.end(number, Outcome::of(answer.as_ref(), |stored| *stored));
                // As somebody who does not know that it is over.
                self.forgotten.push(task);
            }
            16 => {
                let number = self.history.begin(What::Renew(claim.clone()));
                self.call(async move { db.renew(&[claim], Some(LEASE)).await }).await;
                self.history.end(number, Outcome::Unknown);
                self.forgotten.push(task);
            }
            17 => drop(self.call(async move { db.progress(&claim, 0.5).await }).await),
            // It forgets what it has, as the killed do.
            _ => self.forgotten.push(task),
        }
    }

    /// A task as the crew makes them.
    pub(super) fn task(&self, name: &str) -> NewTask {
        NewTask::new(name, self.stream, json!({})).retries(RETRIES).timeout_secs(TIMEOUT)
    }
}

async fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        tokio::task::yield_now().await;
    }
}
