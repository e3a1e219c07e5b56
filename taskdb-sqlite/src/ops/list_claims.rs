//! `list_claims`: the claims that hold, in the order of their ids.

use rusqlite::Row;
use taskdb_core::request::ListClaims;
use taskdb_core::{Claim, ClaimInfo, Timestamp};

use crate::error::Outcome;
use crate::row;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListClaims) -> Outcome<Vec<ClaimInfo>> {
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    let after = request.after.as_ref().map_or(&[][..], |id| id.as_bytes());
    let params = (unit.ns, after, &request.worker_id, &request.worker_type, limit);
    unit.all(sql::tasks::claims, params, read)
}

fn read(found: &Row<'_>) -> rusqlite::Result<ClaimInfo> {
    Ok(ClaimInfo {
        claim: Claim {
            job_id: row::id(found, 0)?,
            task_id: found.get(1)?,
            id: row::id(found, 2)?,
            attempt: row::count(found, 3)?,
        },
        worker_id: found.get(4)?,
        stream_id: row::id(found, 5)?,
        worker_type: found.get(6)?,
        progress: found.get(7)?,
        started_at: Timestamp::from_micros(found.get(8)?),
        deadline: Timestamp::from_micros(found.get(9)?),
    })
}
