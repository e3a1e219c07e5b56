//! `purge_jobs`: deletes jobs that have been finished for long.

use taskdb_core::Timestamp;
use taskdb_core::request::PurgeJobs;

use crate::engine::trash;
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &PurgeJobs) -> Outcome<u64> {
    unit.flush()?;
    let (ns, state) = (unit.ns, request.state.code());
    let surplus = match request.keep_newest {
        None => 0,
        Some(newest) => {
            let count = unit.one(sql::jobs::count_purgeable, (ns, state), |row| row.get(0))?;
            let newest = i64::try_from(newest).unwrap_or(i64::MAX);
            count.unwrap_or(0_i64).saturating_sub(newest)
        }
    };
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    let oldest = unit.all(sql::jobs::purgeable, (ns, state, limit), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    let (now, mut purged) = (Timestamp::from_micros(unit.now), 0);
    for (job, updated_at) in oldest {
        let end = request.older_than.map(|age| Timestamp::from_micros(updated_at).after(age));
        if purged >= surplus && end.is_none_or(|end| end > now) {
            break;
        }
        if unit.load_job(job)? {
            trash::discard(unit, job, None)?;
            purged += 1;
        }
    }
    Ok(u64::try_from(purged).unwrap_or(0))
}
