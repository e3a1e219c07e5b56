//! `update_task_failed`: stores failures, with their consequences.

use taskdb_core::request::{Failure, UpdateTaskFailed};
use taskdb_core::{Result, TaskState};

use crate::engine::claim::{self, Found};
use crate::engine::{close, finish};
use crate::error::Outcome;
use crate::row::Closing;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &UpdateTaskFailed) -> Outcome<Vec<Result<bool>>> {
    super::each(&request.entries, |entry| fail(unit, entry))
}

fn fail(unit: &mut Unit<'_>, entry: &Failure) -> Outcome<bool> {
    let aim = match claim::find(unit, &entry.target)? {
        Found::Nothing => return Ok(false),
        Found::Over(aim, claim) => {
            let same = aim.task.error.as_ref() == Some(&entry.error);
            return if same && aim.repeats(&claim, Closing::Failed) {
                Ok(true)
            } else {
                Err(aim.refuse(&claim).into())
            };
        }
        Found::Open(aim) => aim,
    };
    if aim.state.is_terminal() {
        return Ok(false);
    }
    let closing = if aim.claimed { Closing::Failed } else { Closing::None };
    finish::terminate(unit, aim.job, &aim.task, TaskState::Failed, &entry.error, closing)?;
    close::if_over(unit, aim.job)?;
    Ok(true)
}
