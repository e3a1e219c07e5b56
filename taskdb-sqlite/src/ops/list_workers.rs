//! `list_workers`: the workers that live, by name.

use taskdb_core::request::ListWorkers;
use taskdb_core::{CanonicalJson, Timestamp, WorkerInfo};

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListWorkers) -> Outcome<Vec<WorkerInfo>> {
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    let after = request.after.as_deref().unwrap_or("");
    unit.all(sql::workers::page, (unit.ns, after, unit.now, limit), |row| {
        Ok(WorkerInfo {
            worker_id: row.get(0)?,
            about: CanonicalJson::from_stored(row.get(1)?),
            seen_at: Timestamp::from_micros(row.get(2)?),
            expires_at: Timestamp::from_micros(row.get(3)?),
        })
    })
}
