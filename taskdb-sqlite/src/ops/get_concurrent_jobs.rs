//! `get_concurrent_jobs`: counts the running jobs of a user.

use taskdb_core::request::GetConcurrentJobs;

use crate::error::Outcome;
use crate::row;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &GetConcurrentJobs) -> Outcome<u64> {
    let params = (unit.ns, &request.user_id);
    let running = unit.one(sql::jobs::running_of, params, |found| row::count(found, 0))?;
    Ok(running.unwrap_or(0))
}
