//! Requests that hand out tasks and take their results.

use std::time::Duration;

use uuid::Uuid;

use super::Request;
use super::checks::{self, Checks};
use super::tasks::{TaskSpec, check_specs};
use crate::claim::Claim;
use crate::error::Result;
use crate::job::Priority;
use crate::json::CanonicalJson;
use crate::limits::{Limits, at_most};
use crate::task::Prerequisite;
use crate::time::Timestamp;

/// The task that a change is about, with or without proof of holding it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Whoever holds it.
    Task {
        /// The job.
        job_id: Uuid,
        /// The task.
        task_id: String,
    },
    /// Only while this claim holds.
    Claim(Claim),
}

impl Target {
    /// The job.
    pub fn job_id(&self) -> &Uuid {
        match self {
            Self::Task { job_id, .. } => job_id,
            Self::Claim(claim) => &claim.job_id,
        }
    }

    /// The task.
    pub fn task_id(&self) -> &str {
        match self {
            Self::Task { task_id, .. } => task_id,
            Self::Claim(claim) => &claim.task_id,
        }
    }

    pub(super) fn subject(&self) -> String {
        checks::task(self.job_id(), self.task_id())
    }
}

/// Claims ready tasks, one for each claim id, in sequence.
#[derive(Debug, Clone)]
pub struct RequestWork {
    /// The pool of workers that asks.
    pub worker_type: String,
    /// Who asks: any name that is unique among live workers.
    pub worker_id: String,
    /// A random id for each task wanted. An id that holds a claim already is
    /// answered with that claim again.
    pub claim_ids: Vec<Uuid>,
    /// Whether the ids may have been sent before, by a caller that repeats the request. A
    /// store that would have to look for their claims in several places need not do so
    /// for ids that were made for this request alone.
    pub may_repeat: bool,
    /// How long the claim lasts without renewal; only the task's timeout counts when `None`.
    pub lease: Option<Duration>,
    /// Each task comes with its [inputs](ClaimedTask::inputs), unless the
    /// [sizes](Prerequisite::size) of these are more than this in all. `None`: no task does,
    /// and nothing is read for it. So much for each claim id may not be more than a call may
    /// carry ([`Limits::batch_bytes`]).
    pub inputs: Option<u64>,
}

impl Request for RequestWork {
    const VERB: &'static str = "request_work";
    type Reply = Work;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        checks
            .reference("worker_type", &self.worker_type)
            .name("worker_id", &self.worker_id)
            .add(at_most("max", self.claim_ids.len(), limits.batch_entries, "entries"));
        if let Some(most) = self.inputs {
            let all = most.saturating_mul(self.claim_ids.len() as u64);
            checks.add(at_most("inputs", all, limits.batch_bytes as u64, "bytes of inputs"));
        }
        checks.finish()
    }

    fn subject(&self) -> String {
        let claims = checks::batch(
            self.claim_ids.first().map(|id| format!("claim {id}")),
            self.claim_ids.len(),
        );
        format!("worker type `{}` worker `{}` {claims}", self.worker_type, self.worker_id)
    }
}

/// The answer to [`RequestWork`].
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// The tasks, in the order they were claimed; fewer than wanted when no more are ready.
    pub tasks: Vec<ClaimedTask>,
    /// How long until the next delayed task of the namespace may start, when one waits.
    pub next_start: Option<Duration>,
}

/// A task handed out, as backends see it.
#[derive(Debug, Clone)]
pub struct ClaimedTask {
    /// The claim to report with.
    pub claim: Claim,
    /// The stream it was taken from.
    pub stream_id: Uuid,
    /// What to do.
    pub definition: CanonicalJson,
    /// Its prerequisites, in the order given.
    pub prerequisites: Vec<String>,
    /// How often it may be retried.
    pub max_retries: i32,
    /// How often it has been.
    pub retries: i32,
    /// Seconds a worker has.
    pub timeout_secs: i32,
    /// The class of its job.
    pub priority: Priority,
    /// When the claim expires.
    pub deadline: Timestamp,
    /// What has become of the prerequisites, in the order given, as
    /// [`GetPrerequisites`](super::GetPrerequisites) tells it; `None` when it was not asked for
    /// or is too large.
    pub inputs: Option<Vec<Prerequisite>>,
}

impl ClaimedTask {
    /// Takes inputs one by one, as long as they are at most so large in all; `None` where they
    /// are larger, and nothing more is asked for then.
    ///
    /// # Errors
    ///
    /// The first one.
    pub fn bounded<E>(
        most: u64,
        inputs: impl IntoIterator<Item = std::result::Result<Prerequisite, E>>,
    ) -> std::result::Result<Option<Vec<Prerequisite>>, E> {
        let (mut taken, mut size) = (Vec::new(), 0);
        for input in inputs {
            let input = input?;
            size += input.size();
            if size > most {
                return Ok(None);
            }
            taken.push(input);
        }
        Ok(Some(taken))
    }
}

/// One task finished.
#[derive(Debug, Clone)]
pub struct Completion {
    /// The task.
    pub target: Target,
    /// Its result.
    pub output: CanonicalJson,
    /// Tasks created in the same step, before the task itself settles.
    pub children: Vec<TaskSpec>,
}

/// Stores results. Replies for each entry whether it was accepted.
#[derive(Debug, Clone)]
pub struct UpdateTaskDone {
    /// The results, applied in this order, each on its own.
    pub entries: Vec<Completion>,
}

impl Request for UpdateTaskDone {
    const VERB: &'static str = "update_task_done";
    type Reply = Vec<Result<bool>>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        for (index, entry) in self.entries.iter_mut().enumerate() {
            checks.entry(index, |own| {
                own.target(&entry.target).add(limits.payload("output", &entry.output));
                check_specs(&mut entry.children, own);
            });
        }
        check_batch(self.entries.len(), &mut checks);
        let bytes = self.entries.iter().map(|entry| {
            entry.output.payload_bytes()
                + entry.children.iter().map(|c| c.definition.payload_bytes()).sum::<usize>()
        });
        if self.entries.len() > 1 {
            checks.add(at_most("entries", bytes.sum(), limits.batch_bytes, "bytes of payload"));
        }
        checks.finish()
    }

    fn subject(&self) -> String {
        checks::batch(self.entries.first().map(|e| e.target.subject()), self.entries.len())
    }
}

/// One task failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The task.
    pub target: Target,
    /// Why.
    pub error: String,
}

/// Stores failures. Replies for each entry whether it was accepted.
#[derive(Debug, Clone)]
pub struct UpdateTaskFailed {
    /// The failures, applied in this order, each on its own.
    pub entries: Vec<Failure>,
}

impl Request for UpdateTaskFailed {
    const VERB: &'static str = "update_task_failed";
    type Reply = Vec<Result<bool>>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let kept = limits.cut(&entry.error).len();
            entry.error.truncate(kept);
            checks.entry(index, |own| {
                own.target(&entry.target);
            });
        }
        check_batch(self.entries.len(), &mut checks);
        checks.finish()
    }

    fn subject(&self) -> String {
        checks::batch(self.entries.first().map(|e| e.target.subject()), self.entries.len())
    }
}

fn check_batch(entries: usize, checks: &mut Checks<'_>) {
    checks.add(at_most("entries", entries, checks.limits.batch_entries, "entries"));
}
