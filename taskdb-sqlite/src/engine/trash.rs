//! Removing jobs: at once from sight, in steps from the file.

use taskdb_core::{CanonicalJson, EventKind, INIT_TASK, TaskState};

use super::{events, payload};
use crate::error::Outcome;
use crate::row::Task;
use crate::sql;
use crate::unit::Unit;

/// The most tasks that one step removes.
const STEP: usize = 1_000;

/// Takes a job out of sight: nothing of it can be read, claimed or finished from
/// here on. Costs its streams and running tasks.
pub(crate) fn discard(unit: &mut Unit<'_>, job: i64, keep_until: Option<i64>) -> Outcome<()> {
    if let Some(expires_at) = keep_until {
        keep_output(unit, job, expires_at)?;
    }
    if !unit.job(job).state.is_stopped() {
        unit.set_stopped(job, true)?;
    }
    unit.flush()?;
    let lanes = unit.all(sql::lanes::of_job, (unit.ns, job), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(3)?))
    })?;
    for (stream, running) in lanes {
        if running > 0 {
            drop_claims(unit, job, stream)?;
            unit.drop_running(stream, running);
        }
    }
    for statement in [
        sql::lanes::delete,
        sql::jobs::delete,
        sql::releases::delete_job,
        sql::delayed::delete_job,
        sql::trash::insert,
    ] {
        unit.exec(statement, (unit.ns, job))?;
    }
    events::job(unit, job, EventKind::Deleted, None)?;
    unit.forget_job(job);
    Ok(())
}

/// Takes the running tasks of a lane out of the indexes of claims.
fn drop_claims(unit: &Unit<'_>, job: i64, stream: i64) -> Outcome<()> {
    let tasks: Vec<i64> =
        unit.all(sql::tasks::running_in, (unit.ns, job, stream), |row| row.get(0))?;
    for task in tasks {
        let cancelled = TaskState::Cancelled.code();
        let params = (unit.ns, job, task, cancelled, false, None::<&str>, 0, unit.now);
        unit.exec(sql::tasks::finish, params)?;
    }
    Ok(())
}

fn keep_output(unit: &Unit<'_>, job: i64, expires_at: i64) -> Outcome<()> {
    let init = unit.one(sql::tasks::find, (unit.ns, job, INIT_TASK), Task::read)?;
    let Some(init) = init else { return Ok(()) };
    let output: Option<CanonicalJson> = payload::output(unit, job, init.task)?;
    if let Some(output) = output {
        let id = unit.job(job).id;
        let params = (unit.ns, id.as_bytes(), INIT_TASK, output.as_str(), expires_at);
        unit.exec(sql::kept_outputs::insert, params)?;
    }
    Ok(())
}

/// Removes some tasks of deleted jobs and outputs kept long enough; `true` while
/// there are more.
pub(crate) fn step(unit: &mut Unit<'_>) -> Outcome<bool> {
    let expired = unit.exec(sql::kept_outputs::expire, (unit.ns, unit.now, STEP))?;
    let next = unit.one(sql::trash::next, [unit.ns], |row| row.get::<_, i64>(0))?;
    let Some(job) = next else { return Ok(expired == STEP) };
    remove_some(unit, job).map(|_| true)
}

/// Removes everything that a deleted job of this number has left, so that none of it is
/// taken for part of another one.
pub(crate) fn clear(unit: &Unit<'_>, job: i64) -> Outcome<()> {
    let left = unit.one(sql::trash::find, (unit.ns, job), |_| Ok(()))?.is_some();
    while left && remove_some(unit, job)? == STEP {}
    Ok(())
}

/// Removes some tasks of a deleted job; how many.
fn remove_some(unit: &Unit<'_>, job: i64) -> Outcome<usize> {
    let removed: Vec<i64> =
        unit.all(sql::tasks::delete_some, (unit.ns, job, STEP), |row| row.get(0))?;
    if removed.len() < STEP {
        unit.exec(sql::trash::delete, (unit.ns, job))?;
    }
    let count = removed.len();
    if let Some(last) = removed.into_iter().max() {
        for statement in
            [sql::definitions::delete_upto, sql::outputs::delete_upto, sql::edges::delete_upto]
        {
            unit.exec(statement, (unit.ns, job, last))?;
        }
    }
    Ok(count)
}
