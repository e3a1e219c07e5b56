//! `get_job`: reads a job.

use taskdb_core::JobInfo;
use taskdb_core::request::GetJob;

use crate::error::Outcome;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &GetJob) -> Outcome<JobInfo> {
    let job = unit.need_job(&request.job_id)?;
    Ok(unit.job(job).info())
}
