//! `update_job`: changes the class of a job, or whether retention passes it by.

use taskdb_core::Priority;
use taskdb_core::request::UpdateJob;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &UpdateJob) -> Outcome<()> {
    let job = unit.need_job(&request.job_id)?;
    if let Some(class) = request.priority {
        unit.set_priority(job, class)?;
    }
    let params = (unit.ns, job, request.priority.map(Priority::code), request.keep);
    unit.exec(sql::jobs::update, params)?;
    let row = unit.job_mut(job);
    row.keep = request.keep.unwrap_or(row.keep);
    Ok(())
}
