//! `delete_job`: deletes a job in any state.

use taskdb_core::Timestamp;
use taskdb_core::request::DeleteJob;

use crate::engine::trash;
use crate::error::Outcome;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &DeleteJob) -> Outcome<()> {
    let Some(job) = unit.find_job(&request.job_id)? else { return Ok(()) };
    let keep = !request.keep_output.is_zero();
    let until = Timestamp::from_micros(unit.now).after(request.keep_output).as_micros();
    trash::discard(unit, job, keep.then_some(until))
}
