//! Jobs: create, cancel, delete, read.

use std::time::Duration;

use taskdb_core::error::Entity;
use taskdb_core::record::{JobRecord, KeptOutputRecord};
use taskdb_core::request::{
    CancelJob, ClearCompletedJobs, CreateJob, DeleteJob, GetConcurrentJobs, GetJob, ListJobs,
    PurgeJobs, TaskSpec, UpdateJob,
};
use taskdb_core::{
    EventKind, INIT_TASK, JobInfo, JobState, Result, RunIf, TaskDbErr, TaskState, Timestamp,
};
use uuid::Uuid;

use super::rules::CANCELLED;
use super::state::{Job, State};

pub(super) fn create_job(state: &mut State, request: CreateJob, clock: Timestamp) -> Result<Uuid> {
    state.stream(&request.stream_id)?;
    if let Some(first) = existing(state, &request, clock)? {
        return Ok(first);
    }
    let lifetime = |key: &taskdb_core::IdempotencyKey| key.lifetime.map(|life| clock.after(life));
    let mut job = Job {
        record: JobRecord {
            job_id: request.job_id,
            age: state.next_job_age,
            user_id: request.user_id,
            state: JobState::Running,
            error: None,
            priority: request.priority,
            key: request.key.map(|key| (key.key.clone(), lifetime(&key))),
            name: request.name,
            labels: request.labels,
            keep: false,
            created_at: clock,
            started_at: None,
            updated_at: clock,
            derived: None,
        },
        tasks: Vec::new(),
        happened: Vec::new(),
    };
    job.note(EventKind::Created, None, clock);
    let init = TaskSpec {
        task_id: INIT_TASK.to_owned(),
        stream_id: request.stream_id,
        definition: request.definition,
        prerequisites: Vec::new(),
        max_retries: request.max_retries,
        timeout_secs: request.timeout_secs,
        optional: false,
        run_if: RunIf::AllDone,
        start: request.start,
        expires_in: request.expires_in,
        rules: request.rules,
    };
    job.add(init, clock);
    state.jobs.push(job);
    state.next_job_age += 1;
    Ok(request.job_id)
}

/// The job that this request has made before, by its id or by its key.
fn existing(state: &State, request: &CreateJob, clock: Timestamp) -> Result<Option<Uuid>> {
    if let Ok(job) = state.job(&request.job_id) {
        let same = job.record.user_id == request.user_id
            && job.record.priority == request.priority
            && job.tasks.first().is_some_and(|init| {
                init.record.stream_id == request.stream_id
                    && init.record.definition == request.definition
                    && init.record.max_retries == request.max_retries
                    && init.record.timeout_secs == request.timeout_secs
                    && init.record.rules == request.rules
            });
        let entity = Entity::Job(request.job_id);
        let refusal = TaskDbErr::AlreadyExists { entity, difference: "other content" };
        return if same { Ok(Some(request.job_id)) } else { Err(refusal) };
    }
    let Some(key) = &request.key else { return Ok(None) };
    let holder =
        state.jobs.iter().find(|job| {
            job.record.user_id == request.user_id
                && job.record.key.as_ref().is_some_and(|(name, end)| {
                    *name == key.key && end.is_none_or(|end| end > clock)
                })
        });
    let Some(job) = holder else { return Ok(None) };
    let job_id = job.record.job_id;
    if job.tasks.first().is_some_and(|init| init.record.definition == request.definition) {
        return Ok(Some(job_id));
    }
    let entity = Entity::JobWithKey { job_id, key: key.key.clone() };
    Err(TaskDbErr::AlreadyExists { entity, difference: "another definition" })
}

pub(super) fn cancel_job(state: &mut State, request: CancelJob, clock: Timestamp) -> Result<()> {
    let job = state.job_mut(&request.job_id)?;
    if job.record.state != JobState::Running {
        return Ok(());
    }
    job.stop(JobState::Cancelled, CANCELLED, clock);
    for t in 0..job.tasks.len() {
        if job.tasks[t].record.state == TaskState::Running {
            job.note_task(t, EventKind::Cancelled, None, clock);
            job.go(t, TaskState::Ready, clock);
        }
    }
    Ok(())
}

pub(super) fn delete_job(state: &mut State, request: DeleteJob, clock: Timestamp) -> Result<()> {
    remove(state, &request.job_id, request.keep_output, clock);
    Ok(())
}

fn remove(state: &mut State, job_id: &Uuid, keep_output: Duration, clock: Timestamp) {
    let Ok(job) = state.job(job_id) else { return };
    if !keep_output.is_zero()
        && let Some(output) = job.tasks.first().and_then(|init| init.record.output.clone())
    {
        state.kept.retain(|kept| kept.job_id != *job_id);
        state.kept.push(KeptOutputRecord {
            job_id: *job_id,
            task_id: INIT_TASK.to_owned(),
            output,
            expires_at: clock.after(keep_output),
        });
    }
    state.note_deleted(*job_id, clock);
    state.jobs.retain(|job| job.record.job_id != *job_id);
}

pub(super) fn clear_completed_jobs(
    state: &mut State,
    request: ClearCompletedJobs,
    clock: Timestamp,
) -> Result<u64> {
    let done = state.jobs.iter().filter(|job| job.record.state == JobState::Done);
    let done: Vec<_> = done.map(|job| job.record.job_id).collect();
    for job_id in &done {
        remove(state, job_id, request.keep_output, clock);
    }
    Ok(done.len() as u64)
}

pub(super) fn purge_jobs(state: &mut State, request: PurgeJobs, clock: Timestamp) -> Result<u64> {
    let of_state = |job: &&Job| job.record.state == request.state && !job.record.keep;
    let candidates: Vec<_> = state.jobs.iter().filter(of_state).collect();
    let surplus = request.keep_newest.map_or(0, |newest| {
        candidates.len().saturating_sub(usize::try_from(newest).unwrap_or(usize::MAX))
    });
    let too_old =
        |job: &Job| request.older_than.is_some_and(|age| job.record.updated_at.after(age) <= clock);
    let candidates = candidates.iter().enumerate();
    let goes = candidates.take_while(|(place, job)| *place < surplus || too_old(job));
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let goes: Vec<_> = goes.take(limit).map(|(_, job)| job.record.job_id).collect();
    for job_id in &goes {
        remove(state, job_id, Duration::ZERO, clock);
    }
    Ok(goes.len() as u64)
}

pub(super) fn update_job(state: &mut State, request: UpdateJob, _: Timestamp) -> Result<()> {
    let job = &mut state.job_mut(&request.job_id)?.record;
    job.priority = request.priority.unwrap_or(job.priority);
    job.keep = request.keep.unwrap_or(job.keep);
    Ok(())
}

pub(super) fn get_job(state: &State, request: GetJob, _: Timestamp) -> Result<JobInfo> {
    state.job(&request.job_id).map(info)
}

pub(super) fn list_jobs(state: &State, request: ListJobs, _: Timestamp) -> Result<Vec<JobInfo>> {
    let filter = &request.filter;
    let wanted = |job: &&Job| {
        filter.user_id.as_ref().is_none_or(|user| job.record.user_id == *user)
            && filter.state.is_none_or(|state| job.record.state == state)
            && request.after.is_none_or(|age| job.record.age > age)
            && filter.admits(&info(job))
    };
    Ok(state.jobs.iter().filter(wanted).take(request.limit).map(info).collect())
}

fn info(job: &Job) -> JobInfo {
    let record = &job.record;
    JobInfo {
        job_id: record.job_id,
        age: record.age,
        user_id: record.user_id.clone(),
        state: record.state,
        error: record.error.clone(),
        priority: record.priority,
        tasks: job.how_many(|_| true),
        unresolved: job.how_many(|task| task.record.state != TaskState::Done),
        name: record.name.clone(),
        labels: record.labels.clone(),
        keep: record.keep,
        created_at: record.created_at,
        started_at: record.started_at,
        updated_at: record.updated_at,
    }
}

pub(super) fn get_concurrent_jobs(
    state: &State,
    request: GetConcurrentJobs,
    _: Timestamp,
) -> Result<u64> {
    let running = state.jobs.iter().filter(|job| {
        job.record.user_id == request.user_id && job.record.state == JobState::Running
    });
    Ok(running.count() as u64)
}
