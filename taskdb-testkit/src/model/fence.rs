//! The fence: whether a call about a task may change it.

use taskdb_core::request::Target;
use taskdb_core::{Claim, ClaimLostReason, Result, TaskDbErr, TaskState};

use super::state::{Closed, Job, State};

/// What a call about a task finds.
pub(super) enum Found {
    /// The task, which the call may change.
    At(usize, usize),
    /// Nothing to change; this is the answer.
    Answer(bool),
}

/// Looks up the target of a call that applies to tasks in `states`. `repeated`
/// recognises the call that closed the claim and gives its answer again.
pub(super) fn find(
    state: &State,
    target: &Target,
    states: &[TaskState],
    repeated: impl FnOnce(&Closed) -> Option<bool>,
) -> Result<Found> {
    let place = state.jobs.iter().enumerate().find_map(|(j, job)| {
        let here = job.record.job_id == *target.job_id();
        Some((j, here.then(|| job.find(target.task_id()))??))
    });
    match (target, place) {
        (Target::Task { .. }, Some((j, t))) => {
            let job = &state.jobs[j];
            let applies = states.contains(&job.tasks[t].effective(job));
            Ok(if applies { Found::At(j, t) } else { Found::Answer(false) })
        }
        (Target::Task { .. }, None) => Ok(Found::Answer(false)),
        (Target::Claim(claim), None) => Err(TaskDbErr::claim_lost(claim, ClaimLostReason::Deleted)),
        (Target::Claim(claim), Some((j, t))) => {
            let job = &state.jobs[j];
            if holds(job, t, claim) {
                return Ok(Found::At(j, t));
            }
            let task = &job.tasks[t];
            let last = task.record.attempt == claim.attempt && task.last_claim == Some(claim.id);
            let answer = task.closed.as_ref().filter(|_| last).and_then(repeated);
            let lost = || TaskDbErr::claim_lost(claim, reason(job, t, claim));
            answer.map(Found::Answer).ok_or_else(lost)
        }
    }
}

/// As [`find`] for a claim, with nothing that could be a repetition.
pub(super) fn held(state: &State, claim: &Claim) -> Result<(usize, usize)> {
    match find(state, &Target::Claim(claim.clone()), &[], |_| None)? {
        Found::At(j, t) => Ok((j, t)),
        Found::Answer(_) => Err(TaskDbErr::claim_lost(claim, ClaimLostReason::Requeued)),
    }
}

fn holds(job: &Job, t: usize, claim: &Claim) -> bool {
    let task = &job.tasks[t].record;
    let id = task.claim.as_ref().map(|live| live.id);
    task.state == TaskState::Running && id == Some(claim.id) && task.attempt == claim.attempt
}

fn reason(job: &Job, t: usize, claim: &Claim) -> ClaimLostReason {
    let task = &job.tasks[t];
    let another = task.last_claim.is_some_and(|id| id != claim.id);
    let attempt = task.record.attempt;
    if attempt > claim.attempt || (attempt == claim.attempt && another) {
        return ClaimLostReason::Reclaimed;
    }
    match task.effective(job) {
        TaskState::Done | TaskState::Failed => ClaimLostReason::Finished,
        TaskState::Cancelled => ClaimLostReason::Cancelled,
        _ => ClaimLostReason::Requeued,
    }
}
