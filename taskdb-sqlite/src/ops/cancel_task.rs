//! `cancel_task`: cancels one task.

use taskdb_core::TaskState;
use taskdb_core::request::CancelTask;

use crate::engine::close;
use crate::engine::finish::{self, CANCELLED};
use crate::error::Outcome;
use crate::row::Closing;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &CancelTask) -> Outcome<()> {
    let job = unit.need_job(&request.job_id)?;
    let task = super::get_task::find(unit, job, &request.job_id, &request.task_id)?;
    if task.state.effective(unit.job(job).state).is_terminal() {
        return Ok(());
    }
    finish::terminate(unit, job, &task, TaskState::Cancelled, CANCELLED, Closing::None)?;
    close::if_over(unit, job)
}
