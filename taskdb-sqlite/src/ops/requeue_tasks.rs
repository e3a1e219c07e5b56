//! `requeue_tasks`: takes expired claims away, in steps.

use super::STEP;
use crate::engine::finish::{self, Cause};
use crate::engine::{close, overdue, release};
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

/// Takes some expired claims away; returns how many. Expiry is judged here, in the
/// transaction that requeues.
pub(crate) fn step(unit: &mut Unit<'_>, limit: u64) -> Outcome<u64> {
    release::help(unit)?;
    if limit > 0 {
        overdue::fail(unit)?;
    }
    let params = (unit.ns, unit.now, STEP.min(limit));
    let expired = super::claims(unit, sql::tasks::expired, params)?;
    let mut taken = 0;
    for (job, task) in expired {
        let start_at = task.next_start(unit.now);
        finish::retry(unit, job, &task, Cause::Expiry, start_at)?;
        close::if_over(unit, job)?;
        taken += 1;
    }
    Ok(taken)
}
