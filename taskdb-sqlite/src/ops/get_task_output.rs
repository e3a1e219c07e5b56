//! `get_task_output`: reads the output of a done task, or one kept of a deleted job.

use taskdb_core::error::Entity;
use taskdb_core::request::GetTaskOutput;
use taskdb_core::{CanonicalJson, TaskDbErr};

use crate::engine::payload;
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &GetTaskOutput) -> Outcome<CanonicalJson> {
    let (job_id, task_id) = (request.job_id, request.task_id.as_str());
    let Some(job) = unit.find_job(&job_id)? else {
        let params = (unit.ns, job_id.as_bytes(), task_id, unit.now);
        let kept = unit.one(sql::kept_outputs::load, params, |row| row.get(0))?;
        return match kept {
            Some(body) => Ok(CanonicalJson::from_stored(body)),
            None => Err(TaskDbErr::no_job(&job_id).into()),
        };
    };
    let task = super::get_task::find(unit, job, &job_id, task_id)?;
    let entity = || Entity::Output { job_id, task_id: task_id.to_owned() };
    let output = payload::output(unit, job, task.task)?;
    Ok(output.ok_or_else(|| TaskDbErr::NotFound { entity: entity() })?)
}
