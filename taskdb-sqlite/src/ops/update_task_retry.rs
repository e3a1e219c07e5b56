//! `update_task_retry`: ends an attempt.

use taskdb_core::request::UpdateTaskRetry;
use taskdb_core::{TaskState, Timestamp};

use crate::engine::claim::{self, Found};
use crate::engine::close;
use crate::engine::finish::{self, Cause};
use crate::error::Outcome;
use crate::row::Closing;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &UpdateTaskRetry) -> Outcome<bool> {
    let aim = match claim::find(unit, &request.target)? {
        Found::Nothing => return Ok(false),
        Found::Over(aim, claim) if aim.repeats(&claim, Closing::Retried) => return Ok(true),
        Found::Over(aim, claim) if aim.repeats(&claim, Closing::RetriedOut) => return Ok(false),
        Found::Over(aim, claim) => return Err(aim.refuse(&claim).into()),
        Found::Open(aim) => aim,
    };
    if aim.state != TaskState::Running {
        return Ok(false);
    }
    let start_at = match request.delay {
        None => aim.task.next_start(unit.now),
        Some(delay) if delay.is_zero() => None,
        Some(delay) => Some(Timestamp::from_micros(unit.now).after(delay).as_micros()),
    };
    let cause = if aim.claimed { Cause::Claim } else { Cause::Name };
    let again = finish::retry(unit, aim.job, &aim.task, cause, start_at)?;
    close::if_over(unit, aim.job)?;
    Ok(again)
}
