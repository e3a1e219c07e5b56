//! `clear_completed_jobs`: deletes the jobs that are done, in steps.

use taskdb_core::Timestamp;
use taskdb_core::request::ClearCompletedJobs;

use crate::engine::trash;
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

/// The most jobs that one step deletes.
const JOBS: i64 = 100;

/// The age below which jobs are looked at: those that exist now.
pub(crate) fn end(unit: &mut Unit<'_>) -> Outcome<i64> {
    Ok(unit.one(sql::jobs::next_age, [unit.ns], |row| row.get(0))?.unwrap_or(0))
}

/// Deletes some jobs older than `end`; returns how many.
pub(crate) fn step(unit: &mut Unit<'_>, request: &ClearCompletedJobs, end: i64) -> Outcome<u64> {
    unit.flush()?;
    let until = Timestamp::from_micros(unit.now).after(request.keep_output).as_micros();
    let keep = (!request.keep_output.is_zero()).then_some(until);
    let jobs: Vec<i64> = unit.all(sql::jobs::done, (unit.ns, end, JOBS), |row| row.get(0))?;
    let mut deleted = 0;
    for job in jobs {
        if unit.load_job(job)? {
            trash::discard(unit, job, keep)?;
            deleted += 1;
        }
    }
    Ok(deleted)
}
