//! `get_task`: reads a task.

use taskdb_core::request::GetTask;
use taskdb_core::{TaskDbErr, TaskInfo, Timestamp};
use uuid::Uuid;

use crate::engine::payload;
use crate::error::{Outcome, corrupt};
use crate::row::{Stream, Task};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &GetTask) -> Outcome<TaskInfo> {
    let job = unit.need_job(&request.job_id)?;
    let task = find(unit, job, &request.job_id, &request.task_id)?;
    info(unit, job, task)
}

/// A task that must exist.
pub(crate) fn find(unit: &Unit<'_>, job: i64, job_id: &Uuid, task_id: &str) -> Outcome<Task> {
    let found = unit.one(sql::tasks::find, (unit.ns, job, task_id), Task::read)?;
    found.ok_or_else(|| TaskDbErr::no_task(job_id, task_id).into())
}

/// A task as callers see it.
pub(crate) fn info(unit: &Unit<'_>, job: i64, task: Task) -> Outcome<TaskInfo> {
    let definition = payload::definition(unit, job, task.task)?;
    let stream = unit
        .one(sql::streams::load, (unit.ns, task.stream), Stream::read)?
        .ok_or_else(|| corrupt(format!("stream {} is missing", task.stream)))?;
    let row = unit.job(job);
    let time = Timestamp::from_micros;
    Ok(TaskInfo {
        job_id: row.id,
        state: task.state.effective(row.state),
        age: u64::try_from(task.task).unwrap_or(0),
        stream_id: stream.id,
        definition: definition.body,
        prerequisites: definition.prerequisites,
        waiting_on: u32::try_from(task.waiting_on).unwrap_or(0),
        optional: task.optional,
        run_if: task.run_if,
        max_retries: task.max_retries,
        retries: task.retries,
        losses: u32::try_from(task.losses).unwrap_or(u32::MAX),
        attempt: u64::try_from(task.attempt).unwrap_or(0),
        timeout_secs: task.timeout_secs,
        rules: task.rules,
        progress: task.progress as f32,
        error: task.error,
        worker_id: task.worker_id,
        deadline: task.deadline.map(time),
        start_at: task.start_at.map(time),
        start_by: task.start_by.map(time),
        created_at: time(task.created_at),
        started_at: task.started_at.map(time),
        updated_at: time(task.updated_at),
        task_id: task.name,
    })
}
