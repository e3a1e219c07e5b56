//! `update_task_progress`: raises progress and counts the timeout anew.

use taskdb_core::request::UpdateTaskProgress;
use taskdb_core::{EventKind, TaskState};

use crate::engine::claim::{self, Found};
use crate::engine::events::{self, Subject};
use crate::error::Outcome;
use crate::row::Task;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &UpdateTaskProgress) -> Outcome<bool> {
    let aim = match claim::find(unit, &request.target)? {
        Found::Nothing => return Ok(false),
        Found::Over(aim, claim) => return Err(aim.refuse(&claim).into()),
        Found::Open(aim) => aim,
    };
    let task = &aim.task;
    let progress = task.progress.max(request.progress.into());
    let now = match aim.state {
        TaskState::Ready | TaskState::Running => unit.touch(aim.job),
        _ => return Ok(false),
    };
    if aim.state == TaskState::Ready {
        unit.exec(sql::tasks::progress, (unit.ns, aim.job, task.task, progress, now))?;
    } else {
        let (work, deadline) = deadlines(task, unit.now);
        let params = (unit.ns, aim.job, task.task, progress, now, work, deadline);
        unit.exec(sql::tasks::work_on, params)?;
    }
    let detail = request.progress.to_string();
    events::task(unit, aim.job, EventKind::Progress, Subject::of(task), Some(&detail))?;
    Ok(true)
}

/// The end of work counted from `now`, and the deadline that follows from it: the
/// end of the lease stays where the last renewal has put it.
fn deadlines(task: &Task, now: i64) -> (i64, i64) {
    let work = now + i64::from(task.timeout_secs) * 1_000_000;
    (work, task.lease_end.map_or(work, |end| end.min(work)))
}
