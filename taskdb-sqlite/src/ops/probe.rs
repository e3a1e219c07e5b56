//! `probe`: writes something, reads it back and removes it.

use crate::error::{Outcome, corrupt};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>) -> Outcome<()> {
    unit.exec(sql::probes::insert, (unit.ns, unit.now))?;
    let read: Option<i64> = unit.one(sql::probes::load, [unit.ns], |row| row.get(0))?;
    unit.exec(sql::probes::delete, [unit.ns])?;
    if read == Some(unit.now) { Ok(()) } else { Err(corrupt("a probe was read back otherwise")) }
}
