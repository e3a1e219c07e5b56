//! Ending tasks and claims.

use taskdb_core::event::reason;
use taskdb_core::{EventKind, JobState, TaskState};

use super::events::{self, Subject};
use super::release;
use crate::error::Outcome;
use crate::row::{Closing, Task};
use crate::sql;
use crate::unit::Unit;

/// The error of what was cancelled.
pub(crate) const CANCELLED: &str = "cancelled";

/// The error of a task that was retried too often.
pub(crate) const RETRY_MAX: &str = "retry max hit";

/// The error of a task whose claims expired too often.
const LOST_TOO_OFTEN: &str = "lost too often";

/// The error of a task that nobody has started in time.
pub(crate) const EXPIRED: &str = "expired";

/// Ends a task as failed or cancelled, with the consequences for its dependants
/// or its job.
pub(crate) fn terminate(
    unit: &mut Unit<'_>,
    job: i64,
    task: &Task,
    to: TaskState,
    error: &str,
    closing: Closing,
) -> Outcome<()> {
    if to == TaskState::Cancelled && task.state == TaskState::Running {
        unit.cut_claims();
    }
    end(unit, job, task, to, task.optional, error, closing)?;
    if task.optional {
        return release::settle(unit, job, task.task);
    }
    let row = unit.job_mut(job);
    row.hard += 1;
    if row.state == JobState::Running {
        row.error = Some(error.to_owned());
        row.state = JobState::Failed;
        unit.set_stopped(job, true)?;
        events::job(unit, job, EventKind::Failed, Some(error))?;
    }
    Ok(())
}

/// Writes that a task has failed or was cancelled, and nothing else.
pub(crate) fn end(
    unit: &mut Unit<'_>,
    job: i64,
    task: &Task,
    to: TaskState,
    tolerated: bool,
    error: &str,
    closing: Closing,
) -> Outcome<()> {
    let now = unit.touch(job);
    if let Some(start_at) = task.delayed_until() {
        unit.exec(sql::delayed::delete, (unit.ns, start_at, job, task.task))?;
    }
    let params = (unit.ns, job, task.task, to.code(), tolerated, error, closing.code(), now);
    unit.exec(sql::tasks::finish, params)?;
    unit.shift(job, task.stream, Some(task.state), to);
    let (kind, detail) = match to {
        TaskState::Failed => (EventKind::Failed, Some(error)),
        _ => (EventKind::Cancelled, None),
    };
    events::task(unit, job, kind, Subject::of(task), detail)
}

/// How a claim ends without ending its task.
pub(crate) struct PutBack {
    pub(crate) retries: i32,
    pub(crate) losses: i64,
    pub(crate) progress: f64,
    pub(crate) start_at: Option<i64>,
    pub(crate) closing: Closing,
}

/// Ends the claim of a running task. It is ready again at its old place, or waits
/// for a start time; in a stopped job that means it is cancelled.
pub(crate) fn put_back(unit: &mut Unit<'_>, job: i64, task: &Task, how: &PutBack) -> Outcome<()> {
    let now = unit.touch(job);
    let to = if how.start_at.is_some() { TaskState::Pending } else { TaskState::Ready };
    let params = (
        unit.ns,
        job,
        task.task,
        to.code(),
        how.retries,
        how.losses,
        how.progress,
        how.start_at,
        how.closing.code(),
        now,
    );
    unit.exec(sql::tasks::put_back, params)?;
    if let Some(start_at) = how.start_at {
        unit.exec(sql::delayed::insert, (unit.ns, start_at, job, task.task))?;
    }
    unit.shift(job, task.stream, Some(task.state), to);
    Ok(())
}

/// What counts an attempt as used up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The worker gave up, by its claim.
    Claim,
    /// Somebody gave up for the worker.
    Name,
    /// The claim expired.
    Expiry,
}

/// Ends an attempt at a running task; `true` when another one will follow.
pub(crate) fn retry(
    unit: &mut Unit<'_>,
    job: i64,
    task: &Task,
    cause: Cause,
    start_at: Option<i64>,
) -> Outcome<bool> {
    let stopped = unit.job(job).state.is_stopped();
    let spent = task.retries >= task.max_retries;
    let expired = cause == Cause::Expiry;
    let lost = expired && task.rules.max_losses.is_some_and(|most| task.losses >= most.into());
    if (spent || lost) && !stopped {
        let closing = if cause == Cause::Claim { Closing::RetriedOut } else { Closing::None };
        let error = if lost { LOST_TOO_OFTEN } else { RETRY_MAX };
        if expired {
            unit.exec(sql::tasks::lose, (unit.ns, job, task.task))?;
        }
        terminate(unit, job, task, TaskState::Failed, error, closing)?;
        return Ok(false);
    }
    let closing = match (cause, stopped) {
        (Cause::Claim, false) => Closing::Retried,
        (Cause::Claim, true) => Closing::RetriedOut,
        _ => Closing::None,
    };
    let how = PutBack {
        retries: task.retries + i32::from(!spent),
        losses: task.losses + i64::from(expired),
        progress: 0.0,
        start_at: start_at.filter(|_| !stopped),
        closing,
    };
    put_back(unit, job, task, &how)?;
    tell_put_back(unit, job, task, if expired { reason::LOST } else { reason::GIVEN_UP })?;
    Ok(!stopped)
}

/// Puts a task back with nothing held against it; `true` when it will run again.
pub(crate) fn release(unit: &mut Unit<'_>, job: i64, task: &Task) -> Outcome<bool> {
    let stopped = unit.job(job).state.is_stopped();
    let how = PutBack {
        retries: task.retries,
        losses: task.losses,
        progress: 0.0,
        start_at: None,
        closing: if stopped { Closing::ReleasedOut } else { Closing::Released },
    };
    put_back(unit, job, task, &how)?;
    tell_put_back(unit, job, task, reason::RELEASED)?;
    Ok(!stopped)
}

/// What is put back in a stopped job is cancelled.
fn tell_put_back(unit: &mut Unit<'_>, job: i64, task: &Task, reason: &str) -> Outcome<()> {
    let (kind, detail) = match unit.job(job).state.is_stopped() {
        true => (EventKind::Cancelled, None),
        false => (EventKind::Retried, Some(reason)),
    };
    events::task(unit, job, kind, Subject::of(task), detail)
}
