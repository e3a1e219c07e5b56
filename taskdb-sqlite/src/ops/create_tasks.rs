//! `create_tasks`: adds tasks to a job, all or none.

use taskdb_core::request::CreateTasks;

use crate::engine::{close, create};
use crate::error::Outcome;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &CreateTasks) -> Outcome<()> {
    let job = unit.need_job(&request.job_id)?;
    create::create(unit, job, &request.tasks)?;
    close::if_over(unit, job)
}
