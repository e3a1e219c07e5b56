//! `get_task`: reads a task.

use taskdb_core::request::GetTask;
use taskdb_core::{JobState, Result, TaskInfo};
use uuid::Uuid;

use crate::record::{self, Task};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &GetTask) -> Result<TaskInfo> {
    let (job_id, task_id) = (request.job_id, request.task_id.as_str());
    let about = About { job_id, task_id, ..About::default() };
    let args = shard.args().value(job_id).bytes(task_id);
    let mut reply = shard.run(&scripts::get_task, args, &about).await?;
    let state = reply.job_state()?;
    read(reply.list()?, job_id, state)
}

/// Reads age, record, definition, stream and rules of a task, as callers see it.
pub(super) fn read(mut reply: Reply, job_id: Uuid, job: JobState) -> Result<TaskInfo> {
    let (age, task) = (reply.parse()?, Task::parse(&reply.bytes()?)?);
    let (prerequisites, definition) = record::parse_definition(&reply.bytes()?)?;
    let stream_id = reply.parse()?;
    let (rules, start_by) = record::parse_ruled(reply.bytes_or_nil()?.as_deref())?;
    Ok(TaskInfo {
        job_id,
        age,
        stream_id,
        state: task.state.effective(job),
        definition,
        prerequisites,
        waiting_on: task.waiting_on,
        optional: task.optional,
        run_if: task.run_if,
        max_retries: task.max_retries,
        retries: task.retries,
        losses: task.losses,
        attempt: task.attempt,
        timeout_secs: task.timeout_secs,
        rules,
        progress: task.progress,
        error: task.error,
        worker_id: task.claim.map(|claim| claim.worker_id),
        deadline: task.live.map(|live| live.deadline),
        start_at: task.start_at,
        start_by,
        created_at: task.created_at,
        started_at: task.started_at,
        updated_at: task.updated_at,
        task_id: task.name,
    })
}
