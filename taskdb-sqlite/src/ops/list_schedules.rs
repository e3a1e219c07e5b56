//! `list_schedules`: schedules by name, or those whose tick has come.

use rusqlite::Row;
use taskdb_core::request::ListSchedules;
use taskdb_core::{CanonicalJson, ScheduleInfo, Timestamp};

use crate::error::Outcome;
use crate::row;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListSchedules) -> Outcome<Vec<ScheduleInfo>> {
    let until = request.due.then_some(unit.now);
    page(unit, request.after.as_deref().unwrap_or(""), until, request.limit)
}

/// Schedules behind a name, those only whose tick comes by `until` if it is given.
pub(crate) fn page(
    unit: &Unit<'_>,
    after: &str,
    until: Option<i64>,
    limit: usize,
) -> Outcome<Vec<ScheduleInfo>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    unit.all(sql::schedules::page, (unit.ns, after, until, limit), read)
}

fn read(found: &Row<'_>) -> rusqlite::Result<ScheduleInfo> {
    let time = |column| -> rusqlite::Result<_> {
        Ok(found.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    Ok(ScheduleInfo {
        name: found.get(0)?,
        body: CanonicalJson::from_stored(found.get(1)?),
        revision: row::count(found, 2)?,
        next_at: time(3)?,
        fired_at: time(4)?,
    })
}
