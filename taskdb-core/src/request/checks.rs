//! Collects what is wrong with a request and decides what to report.

use uuid::Uuid;

use crate::error::{Result, TaskDbErr};
use crate::limits::Limits;
use crate::request::Target;

/// Runs every check and keeps the error that the order of checks puts first.
pub(super) struct Checks<'a> {
    pub(super) limits: &'a Limits,
    worst: Option<TaskDbErr>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, worst: None }
    }

    /// Takes the outcome of one check.
    pub(super) fn add(&mut self, outcome: Result<()>) -> &mut Self {
        if let Err(error) = outcome
            && self.worst.as_ref().is_none_or(|worst| rank(&error) < rank(worst))
        {
            self.worst = Some(error);
        }
        self
    }

    /// A name that the call gives to something new.
    pub(super) fn name(&mut self, argument: &'static str, name: &str) -> &mut Self {
        self.add(self.limits.name(argument, name))
    }

    /// A name of something that exists; an import may have brought long ones.
    pub(super) fn reference(&mut self, argument: &'static str, name: &str) -> &mut Self {
        self.add(Limits::HARD.name(argument, name))
    }

    /// The limit of a list.
    pub(super) fn page(&mut self, limit: usize) -> &mut Self {
        let empty = TaskDbErr::invalid("limit", "must be at least 1");
        self.add(if limit == 0 { Err(empty) } else { Ok(()) })
    }

    /// The task that a call is about.
    pub(super) fn target(&mut self, target: &Target) -> &mut Self {
        self.reference("task_id", target.task_id())
    }

    /// Runs the checks of entry `index` of a batch.
    pub(super) fn entry(&mut self, index: usize, check: impl FnOnce(&mut Checks<'_>)) -> &mut Self {
        let mut own = Checks::new(self.limits);
        check(&mut own);
        let outcome = own.finish();
        self.add(outcome.map_err(|source| TaskDbErr::Batch { index, source: Box::new(source) }))
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        self.worst.take().map_or(Ok(()), Err)
    }
}

/// The contract's order of the checks that need no store.
fn rank(error: &TaskDbErr) -> u8 {
    match error.root() {
        TaskDbErr::InvalidArgument { .. } => 0,
        TaskDbErr::InvalidBeMult { .. } => 1,
        _ => 2,
    }
}

/// `job 0193…`, for [`Request::subject`](super::Request::subject).
pub(super) fn job(job_id: &Uuid) -> String {
    format!("job {job_id}")
}

/// `job 0193… task init`.
pub(super) fn task(job_id: &Uuid, task_id: &str) -> String {
    format!("job {job_id} task `{task_id}`")
}

/// The subject of a batch: its first entry and how many more.
pub(super) fn batch(first: Option<String>, entries: usize) -> String {
    match first {
        None => "no entries".to_owned(),
        Some(only) if entries == 1 => only,
        Some(first) => format!("{first} and {} more", entries - 1),
    }
}
