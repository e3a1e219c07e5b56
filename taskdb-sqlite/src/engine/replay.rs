//! Putting the tasks of stopped jobs back to work.

use std::collections::{HashMap, HashSet};

use taskdb_core::event::reason;
use taskdb_core::{EventKind, JobState, RunIf, TaskDbErr, TaskState};
use uuid::Uuid;

use super::events::{self, Subject};
use super::{close, payload, release};
use crate::error::{Outcome, corrupt};
use crate::row::{Stream, Task};
use crate::sql;
use crate::unit::Unit;

/// Brings back what can be brought back of a stopped job's failed and cancelled
/// tasks, in the order of their age.
pub(crate) fn revivable(unit: &Unit<'_>, job: i64) -> Outcome<Vec<Task>> {
    let stopped = unit.all(sql::tasks::stopped, (unit.ns, job), Task::read)?;
    let mut chosen = HashSet::new();
    let mut tasks = Vec::new();
    for task in stopped {
        if task.tolerated && was_relied_on(unit, job, &task)? {
            continue;
        }
        let blocked = dead_prerequisites(unit, job, &task)?;
        if blocked.iter().all(|pre| chosen.contains(pre)) {
            chosen.insert(task.task);
            tasks.push(task);
        }
    }
    Ok(tasks)
}

/// Whether a dependant that tolerates the end of `task` has gone on after it.
pub(crate) fn was_relied_on(unit: &Unit<'_>, job: i64, task: &Task) -> Outcome<bool> {
    let dependants = release::dependants(unit, job, task.task)?;
    Ok(dependants.iter().any(|dependant| {
        let went_on =
            matches!(dependant.state, TaskState::Ready | TaskState::Running | TaskState::Done);
        dependant.run_if == RunIf::AllSettled && went_on
    }))
}

/// The prerequisites that have not settled for `task` and will not on their own.
pub(crate) fn dead_prerequisites(unit: &Unit<'_>, job: i64, task: &Task) -> Outcome<Vec<i64>> {
    let mut dead = Vec::new();
    if task.waiting_on == 0 {
        return Ok(dead);
    }
    for name in payload::definition(unit, job, task.task)?.prerequisites {
        let pre = unit.one(sql::tasks::find, (unit.ns, job, &name), Task::read)?;
        let pre = pre.ok_or_else(|| corrupt(format!("prerequisite `{name}` is missing")))?;
        let settled =
            pre.state == TaskState::Done || (task.run_if == RunIf::AllSettled && pre.tolerated);
        if pre.state.is_terminal() && !settled {
            dead.push(pre.task);
        }
    }
    Ok(dead)
}

/// Refuses a replay whose tasks would go to a stream that was deleted; of several
/// such streams it names that of the oldest task.
pub(crate) fn check_streams(unit: &Unit<'_>, job: i64, revived: &[Task]) -> Outcome<()> {
    let revived: HashSet<i64> = revived.iter().map(|task| task.task).collect();
    let deleted = deleted_streams(unit, job)?;
    if deleted.is_empty() {
        return Ok(());
    }
    let params = (unit.ns, job, -1, i64::MAX);
    for task in unit.all(sql::tasks::page, params, Task::read)? {
        let needed = !task.state.is_terminal() || revived.contains(&task.task);
        if let Some(stream) = deleted.get(&task.stream).filter(|_| needed) {
            return Err(TaskDbErr::no_stream(stream).into());
        }
    }
    Ok(())
}

/// The streams of a job's tasks that were deleted.
fn deleted_streams(unit: &Unit<'_>, job: i64) -> Outcome<HashMap<i64, Uuid>> {
    let lanes: Vec<i64> = unit.all(sql::lanes::of_job, (unit.ns, job), |row| row.get(0))?;
    let mut deleted = HashMap::new();
    for number in lanes {
        let stream = unit
            .one(sql::streams::load, (unit.ns, number), Stream::read)?
            .ok_or_else(|| corrupt(format!("stream {number} is missing")))?;
        if stream.deleted {
            deleted.insert(number, stream.id);
        }
    }
    Ok(deleted)
}

/// Makes a stopped job run again with `revived` tasks back at work; whatever it
/// had stopped goes on too.
pub(crate) fn restart(unit: &mut Unit<'_>, job: i64, revived: &[Task]) -> Outcome<()> {
    let now = unit.touch(job);
    for task in revived {
        unit.exec(sql::tasks::revive, (unit.ns, job, task.task, now))?;
        unit.shift(job, task.stream, Some(task.state), TaskState::Pending);
        if task.tolerated {
            unsettle(unit, job, task)?;
        } else {
            unit.job_mut(job).hard -= 1;
        }
    }
    let row = unit.job_mut(job);
    row.error = None;
    row.state = JobState::Running;
    unit.set_stopped(job, false)?;
    events::job(unit, job, EventKind::Retried, Some(reason::REPLAYED))?;
    for task in revived {
        let (subject, detail) = (Subject::of(task), Some(reason::REPLAYED));
        events::task(unit, job, EventKind::Retried, subject, detail)?;
    }
    let startable = unit.all(sql::tasks::startable, (unit.ns, job), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?))
    })?;
    for (task, stream, start_at) in startable {
        match start_at.filter(|time| *time > unit.now) {
            Some(time) => {
                unit.exec(sql::delayed::insert, (unit.ns, time, job, task))?;
            }
            None => release::make_ready(unit, job, task, stream)?,
        }
    }
    close::if_over(unit, job)
}

/// What had counted a tolerated end as settled waits for the task again.
fn unsettle(unit: &Unit<'_>, job: i64, task: &Task) -> Outcome<()> {
    for dependant in release::dependants(unit, job, task.task)? {
        if dependant.run_if == RunIf::AllSettled {
            unit.exec(sql::tasks::wait_less, (unit.ns, job, dependant.task, -1))?;
        }
    }
    Ok(())
}
