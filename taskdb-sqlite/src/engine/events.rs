//! The event log: writing down what has happened, and cutting the log to its bounds.

use std::time::Duration;

use taskdb_core::store::Gate;
use taskdb_core::{Event, EventKind, EventLevel, EventPolicy, TaskState};

use crate::error::Outcome;
use crate::row::Task;
use crate::sql;
use crate::unit::Unit;

/// The most events that one step removes.
const STEP: i64 = 5_000;

/// What the log of a namespace takes, and its end.
#[derive(Clone, Copy)]
pub(crate) struct Log {
    pub(crate) policy: EventPolicy,
    /// The number of the next event.
    pub(crate) next: i64,
}

/// Reads what is stored of the log itself.
pub(crate) fn log(unit: &Unit<'_>) -> Outcome<Log> {
    let found = unit.one(sql::namespaces::events, [unit.ns], |row| {
        let micros: i64 = row.get(1)?;
        let count: i64 = row.get(2)?;
        let policy = EventPolicy {
            level: EventLevel::from_code(row.get(0)?).unwrap_or_default(),
            max_age: Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)),
            max_count: u64::try_from(count).unwrap_or(u64::MAX),
        };
        Ok(Log { policy, next: row.get(3)? })
    })?;
    Ok(found.unwrap_or(Log { policy: EventPolicy::default(), next: 0 }))
}

/// A task that something has happened to.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) name: &'a str,
    pub(crate) attempt: i64,
    pub(crate) worker: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A task that nobody has claimed so far.
    pub(crate) fn new(name: &'a str) -> Self {
        Self { name, attempt: 0, worker: None }
    }

    /// A task as it was before the event.
    pub(crate) fn of(task: &'a Task) -> Self {
        let runs = task.state == TaskState::Running;
        let worker = task.worker_id.as_deref().filter(|_| runs);
        Self { name: &task.name, attempt: task.attempt, worker }
    }
}

/// Something has happened to a job.
pub(crate) fn job(
    unit: &mut Unit<'_>,
    job: i64,
    kind: EventKind,
    detail: Option<&str>,
) -> Outcome<()> {
    write(unit, job, kind, None, detail)
}

/// Something has happened to a task.
pub(crate) fn task(
    unit: &mut Unit<'_>,
    job: i64,
    kind: EventKind,
    task: Subject<'_>,
    detail: Option<&str>,
) -> Outcome<()> {
    write(unit, job, kind, Some(task), detail)
}

/// A task has become ready of which only the number is known.
pub(crate) fn ready(unit: &mut Unit<'_>, job: i64, number: i64) -> Outcome<()> {
    if !unit.log()?.policy.level.takes(EventKind::Ready, true) {
        return Ok(());
    }
    let found = unit.one(sql::tasks::load, (unit.ns, job, number), Task::read)?;
    let Some(found) = found else { return Ok(()) };
    task(unit, job, EventKind::Ready, Subject { worker: None, ..Subject::of(&found) }, None)
}

fn write(
    unit: &mut Unit<'_>,
    job: i64,
    kind: EventKind,
    task: Option<Subject<'_>>,
    detail: Option<&str>,
) -> Outcome<()> {
    // What a tool does that fills a closed namespace is no event.
    let wanted = unit.log()?.policy.level.takes(kind, task.is_some());
    if !wanted || unit.gate()? == Gate::ReadOnly {
        return Ok(());
    }
    let event = unit.next_event()?;
    let params = (
        unit.ns,
        event,
        unit.now,
        kind.code(),
        unit.job(job).id.as_bytes(),
        task.map(|task| task.name),
        task.map(|task| task.attempt).filter(|attempt| *attempt > 0),
        task.and_then(|task| task.worker),
        detail,
    );
    unit.exec(sql::events::insert, params).map(drop)
}

/// Writes an event of another log down, unless the log has come beyond its number.
pub(crate) fn import(unit: &mut Unit<'_>, number: i64, event: &Event) -> Outcome<()> {
    if number < unit.log()?.next {
        return Ok(());
    }
    unit.last_event(number);
    let params = (
        unit.ns,
        number,
        event.at.as_micros(),
        event.kind.code(),
        event.job_id.as_bytes(),
        &event.task_id,
        event.attempt.and_then(|attempt| i64::try_from(attempt).ok()),
        &event.worker_id,
        &event.detail,
    );
    unit.exec(sql::events::insert, params).map(drop)
}

/// Removes some events beyond the bounds of the log; `true` while there may be more.
pub(crate) fn cut(unit: &mut Unit<'_>) -> Outcome<bool> {
    let Log { policy, next } = unit.log()?;
    let oldest = next.saturating_sub(i64::try_from(policy.max_count).unwrap_or(i64::MAX));
    let age = i64::try_from(policy.max_age.as_micros()).unwrap_or(i64::MAX);
    let time = unit.now.saturating_sub(age);
    let first =
        unit.one(sql::events::page, (unit.ns, 0, 1), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if first.is_none_or(|(event, at): (i64, i64)| event >= oldest && at >= time) {
        return Ok(false);
    }
    let params = (unit.ns, oldest, time, STEP);
    Ok(i64::try_from(unit.exec(sql::events::cut, params)?).unwrap_or(0) == STEP)
}
