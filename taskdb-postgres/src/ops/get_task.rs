//! `get_task`: reads a task.

use sqlx::postgres::PgRow;
use taskdb_core::request::GetTask;
use taskdb_core::{Result, TaskDbErr, TaskInfo};
use uuid::Uuid;

use crate::args::Args;
use crate::row::{self, Task};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &GetTask) -> Result<TaskInfo> {
    let args = Args::default().add(request.job_id).add(&request.task_id);
    let rows = session.read(Statement::get_task, args).await?;
    let row = rows.first().ok_or_else(|| TaskDbErr::no_job(&request.job_id))?;
    let found = read(row, request.job_id)?;
    found.ok_or_else(|| TaskDbErr::no_task(&request.job_id, &request.task_id))
}

/// A task as callers see it, if the row has one.
pub(super) fn read(row: &PgRow, job_id: Uuid) -> Result<Option<TaskInfo>> {
    if row::get::<Option<i32>>(row, "task")?.is_none() {
        return Ok(None);
    }
    let task = Task::read(row)?;
    Ok(Some(TaskInfo {
        job_id,
        age: task.task,
        stream_id: task.stream_id,
        state: task.state.effective(task.job_state),
        definition: task.definition,
        prerequisites: task.prerequisites,
        waiting_on: task.waiting_on,
        optional: task.optional,
        run_if: task.run_if,
        max_retries: task.max_retries,
        retries: task.retries,
        losses: task.losses,
        attempt: task.attempt,
        timeout_secs: task.timeout_secs,
        rules: task.rules,
        progress: task.progress,
        error: task.error,
        worker_id: task.worker_id,
        deadline: task.deadline,
        start_at: task.start_at,
        start_by: task.start_by,
        created_at: task.created_at,
        started_at: task.started_at,
        updated_at: task.updated_at,
        task_id: task.name,
    }))
}
