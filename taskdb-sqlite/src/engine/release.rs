//! Telling dependants that a prerequisite has ended, in bounded steps.
//!
//! A release names the ended task and the range of dependants not told yet. What
//! does not fit in a step is kept in the table `releases`, from where any later
//! step carries it on. Tasks created meanwhile lie above the range: they have
//! seen the end of the prerequisite themselves.

use std::collections::VecDeque;

use taskdb_core::{JobState, RunIf, TaskState};

use super::close;
use super::events;
use super::finish::{self, CANCELLED};
use crate::error::Outcome;
use crate::row::{Closing, Task};
use crate::sql;
use crate::unit::Unit;

/// The most releases that one step takes up.
const RELEASES: i64 = 500;

struct Release {
    job: i64,
    task: i64,
    after: i64,
    upto: i64,
    kept: bool,
}

/// Tells the dependants of a task that has ended and was done or is tolerated; what
/// is left for later steps is noted in [`Unit::unfinished`].
pub(crate) fn settle(unit: &mut Unit<'_>, job: i64, task: i64) -> Outcome<()> {
    let upto = unit.job(job).next_task;
    step(unit, VecDeque::from([Release { job, task, after: -1, upto, kept: false }]))
}

/// Carries on what was interrupted, by one step, in passing: the call that does so
/// has other work and does not wait for the rest.
pub(crate) fn help(unit: &mut Unit<'_>) -> Outcome<()> {
    carry_on(unit)?;
    unit.unfinished = false;
    Ok(())
}

/// Completes the releases of a job before it is replayed: a task that is put back to
/// work must not be told of as ended afterwards. A replay costs the tasks of its job
/// anyway, so this is not done in steps.
pub(crate) fn complete(unit: &mut Unit<'_>, job: i64) -> Outcome<()> {
    unit.budget = i64::MAX;
    while unit.one(sql::releases::of_job, (unit.ns, job), |_| Ok(()))?.is_some() {
        carry_on(unit)?;
    }
    Ok(())
}

/// Carries on what was interrupted or is left, by one step.
pub(crate) fn carry_on(unit: &mut Unit<'_>) -> Outcome<()> {
    let mut kept: VecDeque<_> = unit
        .all(sql::releases::next, (unit.ns, RELEASES), |row| {
            let (job, task) = (row.get(0)?, row.get(1)?);
            Ok(Release { job, task, after: row.get(2)?, upto: row.get(3)?, kept: true })
        })?
        .into();
    let mut present = VecDeque::with_capacity(kept.len());
    while let Some(release) = kept.pop_front() {
        if unit.load_job(release.job)? {
            present.push_back(release);
        } else {
            unit.exec(sql::releases::delete_job, (unit.ns, release.job))?;
        }
    }
    let mut jobs: Vec<_> = present.iter().map(|release| release.job).collect();
    jobs.dedup();
    step(unit, present)?;
    for job in jobs {
        close::if_over(unit, job)?;
    }
    let left = unit.all(sql::releases::next, (unit.ns, 1), |_| Ok(()))?;
    unit.unfinished = !left.is_empty();
    Ok(())
}

fn step(unit: &mut Unit<'_>, mut queue: VecDeque<Release>) -> Outcome<()> {
    while let Some(mut release) = queue.pop_front() {
        if unit.budget > 0 {
            let limit = unit.budget;
            unit.budget -= tell(unit, &mut release, limit, &mut queue)?;
        }
        let key = (unit.ns, release.job, release.task);
        if release.after < release.upto {
            let (ns, job, task) = key;
            unit.exec(sql::releases::save, (ns, job, task, release.after, release.upto))?;
            unit.unfinished = true;
        } else if release.kept {
            unit.exec(sql::releases::delete, key)?;
        }
    }
    Ok(())
}

/// Tells up to `limit` dependants and moves the range on; returns how many it told.
fn tell(
    unit: &mut Unit<'_>,
    release: &mut Release,
    limit: i64,
    queue: &mut VecDeque<Release>,
) -> Outcome<i64> {
    let (job, task) = (release.job, release.task);
    let params = (unit.ns, job, task, release.after, release.upto, limit);
    let next: Vec<i64> = unit.all(sql::edges::after, params, |row| row.get(0))?;
    let told = i64::try_from(next.len()).unwrap_or(i64::MAX);
    release.after = match next.last() {
        Some(last) if told == limit => *last,
        _ => release.upto,
    };
    if next.is_empty() {
        return Ok(0);
    }
    let ended = unit.one(sql::tasks::load, (unit.ns, job, task), Task::read)?;
    let done = ended.is_some_and(|task| task.state == TaskState::Done);
    for dependant in next {
        if done {
            tell_done(unit, job, dependant)?;
        } else {
            tell_tolerated(unit, job, dependant, queue)?;
        }
    }
    Ok(told)
}

fn tell_done(unit: &mut Unit<'_>, job: i64, dependant: i64) -> Outcome<()> {
    let runs = unit.job(job).state == JobState::Running;
    let now = unit.touch(job);
    let params = (unit.ns, job, dependant, runs, unit.now, now);
    let told = unit.one(sql::tasks::settle, params, |row| {
        let state = TaskState::from_code(row.get(1)?);
        Ok((row.get::<_, i64>(0)?, state, row.get::<_, i64>(2)?, row.get(3)?))
    })?;
    match told {
        // It had been waiting for this one, so it cannot have been ready before.
        Some((stream, Some(TaskState::Ready), 0, _)) => {
            unit.shift(job, stream, Some(TaskState::Pending), TaskState::Ready);
            events::ready(unit, job, dependant)
        }
        Some((_, Some(TaskState::Pending), 0, start_at)) => delay(unit, job, dependant, start_at),
        _ => Ok(()),
    }
}

fn tell_tolerated(
    unit: &mut Unit<'_>,
    job: i64,
    dependant: i64,
    queue: &mut VecDeque<Release>,
) -> Outcome<()> {
    let found = unit.one(sql::tasks::load, (unit.ns, job, dependant), Task::read)?;
    let Some(task) = found else { return Ok(()) };
    if task.run_if == RunIf::AllSettled {
        unit.exec(sql::tasks::wait_less, (unit.ns, job, dependant, 1))?;
        let free = Task { waiting_on: task.waiting_on - 1, ..task };
        start(unit, job, &free)?;
    } else if !task.state.is_terminal() {
        let to = TaskState::Cancelled;
        finish::end(unit, job, &task, to, true, CANCELLED, Closing::None)?;
        let upto = unit.job(job).next_task;
        queue.push_back(Release { job, task: dependant, after: -1, upto, kept: false });
    }
    Ok(())
}

/// Lists a task that waits only for its start time.
fn delay(unit: &Unit<'_>, job: i64, task: i64, start_at: Option<i64>) -> Outcome<()> {
    if let Some(start_at) = start_at {
        unit.exec(sql::delayed::insert, (unit.ns, start_at, job, task))?;
    }
    Ok(())
}

/// Makes a pending task of a running job ready, or lists it as delayed, when it
/// waits for no prerequisite.
pub(crate) fn start(unit: &mut Unit<'_>, job: i64, task: &Task) -> Outcome<()> {
    if task.state != TaskState::Pending || task.waiting_on > 0 {
        return Ok(());
    }
    match task.start_at.filter(|time| *time > unit.now) {
        Some(_) => delay(unit, job, task.task, task.start_at),
        None if unit.job(job).state == JobState::Running => {
            make_ready(unit, job, task.task, task.stream)
        }
        None => Ok(()),
    }
}

/// Makes a pending task ready.
pub(crate) fn make_ready(unit: &mut Unit<'_>, job: i64, task: i64, stream: i64) -> Outcome<()> {
    let now = unit.touch(job);
    unit.exec(sql::tasks::make_ready, (unit.ns, job, task, now))?;
    unit.shift(job, stream, Some(TaskState::Pending), TaskState::Ready);
    events::ready(unit, job, task)
}

/// Every dependant of a task.
pub(crate) fn dependants(unit: &Unit<'_>, job: i64, task: i64) -> Outcome<Vec<Task>> {
    let params = (unit.ns, job, task, -1, i64::MAX, i64::MAX);
    let ages: Vec<i64> = unit.all(sql::edges::after, params, |row| row.get(0))?;
    let load = |age| unit.one(sql::tasks::load, (unit.ns, job, age), Task::read);
    ages.into_iter().filter_map(|age| load(age).transpose()).collect()
}
