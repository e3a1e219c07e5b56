//! Failing tasks that nobody has started in time.

use taskdb_core::{JobState, TaskState};

use super::{close, finish};
use crate::error::Outcome;
use crate::row::{Closing, Task};
use crate::sql;
use crate::unit::Unit;

/// The most tasks that one call fails.
const STEP: i64 = 100;

/// Fails what should have been started by now, earliest first. In a stopped job the time
/// passes without effect.
pub(crate) fn fail(unit: &mut Unit<'_>) -> Outcome<()> {
    let overdue = unit.all(sql::tasks::overdue, (unit.ns, unit.now, STEP), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    for (job, number) in overdue {
        let found = unit.one(sql::tasks::load, (unit.ns, job, number), Task::read)?;
        // It may have been cancelled along with one before it.
        let Some(task) = found.filter(|task| !task.state.is_terminal()) else { continue };
        if !unit.load_job(job)? || unit.job(job).state != JobState::Running {
            unit.exec(sql::tasks::void_start_by, (unit.ns, job, number))?;
            continue;
        }
        finish::terminate(unit, job, &task, TaskState::Failed, finish::EXPIRED, Closing::None)?;
        close::if_over(unit, job)?;
    }
    Ok(())
}
