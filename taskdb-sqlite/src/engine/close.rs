//! Ending jobs.

use taskdb_core::{EventKind, JobState};

use super::events;
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

/// Ends a running job when nothing of it can still change: done when what is not
/// done was tolerated, else failed with the first error.
///
/// A job that was replayed in part may have failures left. It fails again when
/// nothing of it can run, even if tasks wait for those failures.
pub(crate) fn if_over(unit: &mut Unit<'_>, job: i64) -> Outcome<()> {
    let row = unit.job(job);
    if row.state != JobState::Running {
        return Ok(());
    }
    let (open, hard) = (row.open, row.hard);
    if open == 0 && hard == 0 {
        unit.touch(job);
        unit.job_mut(job).state = JobState::Done;
        events::job(unit, job, EventKind::Done, None)?;
    } else if hard > 0 && (open == 0 || !can_move(unit, job)?) {
        let error = unit.one(sql::tasks::first_failure, (unit.ns, job), |row| row.get(0))?;
        unit.touch(job);
        let row = unit.job_mut(job);
        row.error = error.flatten();
        row.state = JobState::Failed;
        let error = row.error.clone();
        unit.set_stopped(job, true)?;
        events::job(unit, job, EventKind::Failed, error.as_deref())?;
    }
    Ok(())
}

fn can_move(unit: &mut Unit<'_>, job: i64) -> Outcome<bool> {
    unit.flush_lanes()?;
    let movable: Option<i64> = unit.one(sql::lanes::movable, (unit.ns, job), |row| row.get(0))?;
    Ok(movable.unwrap_or(0) > 0)
}
