//! `get_prerequisites`: what has become of the prerequisites of a task.

use taskdb_core::Prerequisite;
use taskdb_core::request::GetPrerequisites;

use crate::engine::payload;
use crate::error::Outcome;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &GetPrerequisites) -> Outcome<Vec<Prerequisite>> {
    let job_id = &request.job_id;
    let job = unit.need_job(job_id)?;
    let task = super::get_task::find(unit, job, job_id, &request.task_id)?;
    let names = payload::definition(unit, job, task.task)?.prerequisites;
    names.iter().map(|name| read(unit, job, name)).collect()
}

/// What has become of a task of a job that the unit has loaded.
pub(super) fn read(unit: &Unit<'_>, job: i64, name: &str) -> Outcome<Prerequisite> {
    let row = unit.job(job);
    let task = super::get_task::find(unit, job, &row.id, name)?;
    Ok(Prerequisite {
        state: task.state.effective(row.state),
        output: payload::output(unit, job, task.task)?,
        error: task.error,
        task_id: name.to_owned(),
    })
}
