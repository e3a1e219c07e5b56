//! What the parts of a run share: the graph, the engine, and whether to go on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use taskdb::worker::{Context, Error};
use taskdb::{JobState, TaskDbErr};
use tokio::sync::{Notify, watch};

use super::cut_off::CutOff;
use super::engine::Engine;
use super::logs::Logs;
use super::record::Records;
use super::told::Notes;
use crate::graph::Graph;
use crate::report::Report;
use crate::watch::Traces;

/// How often the job is looked at without a reason.
const LOOK: Duration = Duration::from_secs(1);
/// For how long a run waits for a store that does not answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// The longest pause between two attempts to reach it.
const PAUSE: Duration = Duration::from_secs(1);

/// The state of a run.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) graph: Graph,
    pub(super) report: Arc<Report>,
    /// Workers of each type.
    pub(super) jobs: usize,
    pub(super) logs: Option<Logs>,
    pub(super) traces: Traces,
    /// None where the store ends with the run.
    pub(super) records: Option<Records>,
    /// The workers of earlier runs of the job.
    pub(super) earlier: Vec<String>,
    pub(super) notes: Notes,
    pub(super) cut_off: CutOff,
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
            traces: Traces::default(),
            records: None,
            earlier: Vec::new(),
            notes: Notes::default(),
            cut_off: CutOff::new(),
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
        self.stop.send_replace(true);
    }

    pub(super) fn take_failure(&self) -> Option<anyhow::Result<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the run because the engine, or the machine, did not do its part; what the
    /// handler that found out returns.
    pub(super) fn broken(&self, context: &Context, why: anyhow::Error) -> Error {
        let text = format!("{why:#}");
        self.fail(Err(why.context(format!("task `{}`", context.task_id()))));
        Error::stop_worker(text)
    }

    /// Returns once the run is to end.
    async fn stopped(&self) {
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

/// Makes a call again, for a while, when the store could not be reached or did
/// not say what it did. Only for calls that are harmless to repeat.
pub(super) async fn insist<T, F>(call: impl Fn() -> F) -> Result<T, TaskDbErr>
where
    F: Future<Output = Result<T, TaskDbErr>>,
{
    let (start, mut pause) = (Instant::now(), Duration::from_millis(100));
    loop {
        match call().await {
            Err(error)
                if start.elapsed() < PATIENCE
                    && (error.is_retryable() || matches!(error.root(), TaskDbErr::Unknown(_))) =>
            {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE);
            }
            other => return other,
        }
    }
}
