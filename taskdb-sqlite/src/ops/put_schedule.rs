//! `put_schedule`: writes a schedule under its name.

use taskdb_core::request::PutSchedule;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &PutSchedule) -> Outcome<()> {
    let next_at = request.next_at.map(|tick| tick.as_micros());
    let params = (unit.ns, &request.name, request.body.as_str(), next_at);
    unit.exec(sql::schedules::save, params).map(drop)
}
