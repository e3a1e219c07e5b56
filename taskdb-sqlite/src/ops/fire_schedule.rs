//! `fire_schedule`: moves a schedule from one tick to the next and makes its job.

use taskdb_core::request::FireSchedule;

use crate::error::{Fault, Outcome};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &FireSchedule) -> Outcome<bool> {
    let params = (
        unit.ns,
        &request.name,
        i64::try_from(request.revision).unwrap_or(i64::MAX),
        request.tick.as_micros(),
        request.next_at.map(|tick| tick.as_micros()),
        request.job.is_some(),
        unit.now,
    );
    if unit.exec(sql::schedules::fire, params)? == 0 {
        return Ok(false);
    }
    if let Some(job) = &request.job {
        super::create_job::run(unit, job).map_err(|fault| match fault {
            // The schedule has been written.
            Fault::Refused(error) => Fault::Undo(error),
            other => other,
        })?;
    }
    Ok(true)
}
