//! What the workers of a run share: the graph, the engine, and whether to go on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use taskdb::{JobState, TaskDbErr};
use tokio::sync::{Notify, watch};

use super::engine::Engine;
use super::logs::Logs;
use super::record::Records;
use crate::graph::Graph;
use crate::report::Report;

/// How often the job is looked at without a reason.
const LOOK: Duration = Duration::from_secs(1);
/// How often a call is made again when the store could not be reached.
const TRIES: u32 = 5;

/// The state of a run.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) graph: Graph,
    pub(super) report: Arc<Report>,
    /// Workers of each type.
    pub(super) jobs: usize,
    pub(super) logs: Option<Logs>,
    /// None where the store ends with the run.
    pub(super) records: Option<Records>,
    /// The workers of earlier runs of the job.
    pub(super) earlier: Vec<String>,
    stop: watch::Sender<bool>,
    settled: Notify,
    /// The first failure: of a task, in words, or of the engine.
    failure: Mutex<Option<anyhow::Result<String>>>,
}

impl Shared {
    pub(super) fn new(engine: Engine, graph: Graph, report: Arc<Report>, jobs: usize) -> Self {
        Self {
            engine,
            graph,
            report,
            jobs,
            logs: None,
            records: None,
            earlier: Vec::new(),
            stop: watch::Sender::new(false),
            settled: Notify::new(),
            failure: Mutex::new(None),
        }
    }

    /// A task has settled, so the job may have ended.
    pub(super) fn settled(&self) {
        self.settled.notify_one();
    }

    /// Keeps the first failure and ends the run.
    pub(super) fn fail(&self, failure: anyhow::Result<String>) {
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(failure);
        self.stop();
    }

    pub(super) fn take_failure(&self) -> Option<anyhow::Result<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the run: workers kill what they run and return.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns once the run is to end.
    pub(super) async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Returns once the job has ended, or the run is to.
    pub(super) async fn ended(&self) {
        loop {
            match self.engine.db.get_job(&self.engine.job_id).await {
                Ok(job) if job.state != JobState::Running => return,
                Err(error) if !error.is_retryable() => return self.fail(Err(error.into())),
                _ => {}
            }
            tokio::select! {
                () = self.stopped() => return,
                () = self.settled.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// Makes a call again, a few times, when the store could not be reached or did
/// not say what it did. Only for calls that are harmless to repeat.
pub(super) async fn insist<T, F>(call: impl Fn() -> F) -> Result<T, TaskDbErr>
where
    F: Future<Output = Result<T, TaskDbErr>>,
{
    let mut tries = 1;
    loop {
        match call().await {
            Err(error)
                if tries < TRIES
                    && (error.is_retryable() || matches!(error.root(), TaskDbErr::Unknown(_))) =>
            {
                tokio::time::sleep(Duration::from_millis(50) * 2_u32.pow(tries)).await;
                tries += 1;
            }
            other => return other,
        }
    }
}
