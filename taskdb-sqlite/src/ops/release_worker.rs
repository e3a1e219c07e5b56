//! `release_worker`: puts back what a worker holds, in steps.

use taskdb_core::request::ReleaseWorker;

use super::STEP;
use crate::engine::finish;
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

/// Puts some tasks back; returns how many.
pub(crate) fn step(unit: &mut Unit<'_>, request: &ReleaseWorker) -> Outcome<u64> {
    let params = (unit.ns, &request.worker_id, STEP);
    let held = super::claims(unit, sql::tasks::held_by, params)?;
    let mut released = 0;
    for (job, task) in held {
        finish::release(unit, job, &task)?;
        released += 1;
    }
    Ok(released)
}
