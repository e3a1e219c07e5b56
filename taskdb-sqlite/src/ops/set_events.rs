//! `set_events`: says what the event log takes and for how long it keeps it.

use taskdb_core::request::SetEvents;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &SetEvents) -> Outcome<()> {
    let policy = request.policy;
    let age = i64::try_from(policy.max_age.as_micros()).unwrap_or(i64::MAX);
    let count = i64::try_from(policy.max_count).unwrap_or(i64::MAX);
    unit.exec(sql::namespaces::set_events, (unit.ns, policy.level.code(), age, count))?;
    unit.events_changed(policy)
}
