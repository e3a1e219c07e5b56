//! `delete_schedule`: removes a schedule.

use taskdb_core::request::DeleteSchedule;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &DeleteSchedule) -> Outcome<()> {
    unit.exec(sql::schedules::delete, (unit.ns, &request.name)).map(drop)
}
