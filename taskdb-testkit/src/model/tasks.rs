//! Single tasks: cancel and read.

use taskdb_core::error::Entity;
use taskdb_core::request::{CancelTask, GetPrerequisites, GetTask, GetTaskOutput, ListTasks};
use taskdb_core::{CanonicalJson, Prerequisite, Result, TaskDbErr, TaskInfo, TaskState, Timestamp};

use super::rules::CANCELLED;
use super::state::{Job, State};

pub(super) fn cancel_task(state: &mut State, request: CancelTask, clock: Timestamp) -> Result<()> {
    let job = state.job_mut(&request.job_id)?;
    let t = job.place(&request.task_id)?;
    if !job.tasks[t].effective(job).is_terminal() {
        job.fail(t, TaskState::Cancelled, CANCELLED, clock);
        job.end(clock);
    }
    Ok(())
}

pub(super) fn get_task(state: &State, request: GetTask, _: Timestamp) -> Result<TaskInfo> {
    let job = state.job(&request.job_id)?;
    Ok(info(job, job.place(&request.task_id)?))
}

pub(super) fn get_task_output(
    state: &State,
    request: GetTaskOutput,
    clock: Timestamp,
) -> Result<CanonicalJson> {
    let GetTaskOutput { job_id, task_id } = request;
    let Ok(job) = state.job(&job_id) else {
        let kept = state.kept.iter().find(|kept| {
            kept.job_id == job_id && kept.task_id == task_id && kept.expires_at > clock
        });
        return kept.map(|kept| kept.output.clone()).ok_or_else(|| TaskDbErr::no_job(&job_id));
    };
    let output = job.tasks[job.place(&task_id)?].record.output.clone();
    output.ok_or(TaskDbErr::NotFound { entity: Entity::Output { job_id, task_id } })
}

pub(super) fn get_prerequisites(
    state: &State,
    request: GetPrerequisites,
    _: Timestamp,
) -> Result<Vec<Prerequisite>> {
    let job = state.job(&request.job_id)?;
    Ok(prerequisites(job, job.place(&request.task_id)?).collect())
}

/// What has become of the prerequisites of a task.
pub(super) fn prerequisites(job: &Job, t: usize) -> impl Iterator<Item = Prerequisite> {
    let describe = |t: usize| {
        let task = &job.tasks[t];
        Prerequisite {
            task_id: task.record.task_id.clone(),
            state: task.effective(job),
            output: task.record.output.clone(),
            error: task.record.error.clone(),
        }
    };
    let names = job.tasks[t].record.prerequisites.iter();
    names.filter_map(|name| job.find(name)).map(describe)
}

pub(super) fn list_tasks(state: &State, request: ListTasks, _: Timestamp) -> Result<Vec<TaskInfo>> {
    let job = state.job(&request.job_id)?;
    let wanted = |task: &TaskInfo| {
        request.state.is_none_or(|state| task.state == state)
            && request.after.is_none_or(|age| task.age > age)
    };
    let all = (0..job.tasks.len()).map(|t| info(job, t));
    Ok(all.filter(wanted).take(request.limit).collect())
}

fn info(job: &Job, t: usize) -> TaskInfo {
    let task = &job.tasks[t];
    let record = task.record.clone();
    TaskInfo {
        job_id: record.job_id,
        task_id: record.task_id,
        age: record.age,
        stream_id: record.stream_id,
        state: task.effective(job),
        definition: record.definition,
        prerequisites: record.prerequisites,
        waiting_on: u32::try_from(job.unsettled(t).len()).unwrap_or(u32::MAX),
        optional: record.optional,
        run_if: record.run_if,
        max_retries: record.max_retries,
        retries: record.retries,
        losses: record.losses,
        attempt: record.attempt,
        timeout_secs: record.timeout_secs,
        rules: record.rules,
        progress: record.progress,
        error: record.error,
        worker_id: task.last_worker.clone(),
        deadline: record.claim.map(|claim| claim.deadline),
        start_at: record.start_at,
        start_by: record.start_by,
        created_at: record.created_at,
        started_at: record.started_at,
        updated_at: record.updated_at,
    }
}
