//! Fencing: who may change a task, and what the others are told.

use taskdb_core::request::Target;
use taskdb_core::{Claim, ClaimLostReason, TaskDbErr, TaskState};

use crate::error::Outcome;
use crate::row::{Closing, Task};
use crate::sql;
use crate::unit::Unit;

/// The task that a change is about.
pub(crate) struct Aim {
    pub(crate) job: i64,
    pub(crate) task: Task,
    /// Its state as callers see it.
    pub(crate) state: TaskState,
    /// Whether the call carries the claim that holds it.
    pub(crate) claimed: bool,
}

/// What became of looking for the task.
pub(crate) enum Found {
    /// The call applies to it, as far as the claim goes.
    Open(Box<Aim>),
    /// The claim is over; `repeats` tells whether `closing` is what ended it.
    Over(Box<Aim>, Claim),
    /// There is no such task, and the call carries no claim.
    Nothing,
}

/// Finds the task of a call and judges the claim it carries.
pub(crate) fn find(unit: &mut Unit<'_>, target: &Target) -> Outcome<Found> {
    let missing = || match target {
        Target::Task { .. } => Ok(Found::Nothing),
        Target::Claim(claim) => Err(lost(claim, ClaimLostReason::Deleted).into()),
    };
    let Some(job) = unit.find_job(target.job_id())? else { return missing() };
    let params = (unit.ns, job, target.task_id());
    let Some(task) = unit.one(sql::tasks::find, params, Task::read)? else { return missing() };
    let state = task.state.effective(unit.job(job).state);
    let mut aim = Box::new(Aim { job, task, state, claimed: false });
    match target {
        Target::Task { .. } => Ok(Found::Open(aim)),
        Target::Claim(claim) if state == TaskState::Running && is_last(&aim.task, claim) => {
            aim.claimed = true;
            Ok(Found::Open(aim))
        }
        Target::Claim(claim) => Ok(Found::Over(aim, claim.clone())),
    }
}

/// Whether a claim is the last one that was made on a task.
fn is_last(task: &Task, claim: &Claim) -> bool {
    task.claim_id == Some(claim.id) && u64::try_from(task.attempt) == Ok(claim.attempt)
}

impl Aim {
    /// Whether `claim` was ended by the call that `closing` stands for, so that the
    /// call is a repetition.
    pub(crate) fn repeats(&self, claim: &Claim, closing: Closing) -> bool {
        self.task.closing == closing && is_last(&self.task, claim)
    }

    /// The error for a claim that is over.
    pub(crate) fn refuse(&self, claim: &Claim) -> TaskDbErr {
        let attempt = u64::try_from(self.task.attempt).unwrap_or(0);
        let other = self.task.claim_id.is_some_and(|id| id != claim.id);
        let reason = if attempt > claim.attempt || (attempt == claim.attempt && other) {
            ClaimLostReason::Reclaimed
        } else {
            match self.state {
                TaskState::Done | TaskState::Failed => ClaimLostReason::Finished,
                TaskState::Cancelled => ClaimLostReason::Cancelled,
                _ => ClaimLostReason::Requeued,
            }
        };
        lost(claim, reason)
    }
}

fn lost(claim: &Claim, reason: ClaimLostReason) -> TaskDbErr {
    TaskDbErr::claim_lost(claim, reason)
}
