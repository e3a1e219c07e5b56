//! Replay: what has failed or was cancelled is put back to work.

use std::collections::BTreeSet;

use taskdb_core::error::Entity;
use taskdb_core::event::reason;
use taskdb_core::record::StreamRecord;
use taskdb_core::request::{RetryJob, RetryTask};
use taskdb_core::{EventKind, JobState, Result, RunIf, TaskDbErr, TaskState, Timestamp};

use super::state::{Job, State, live_stream};

pub(super) fn retry_job(state: &mut State, request: RetryJob, clock: Timestamp) -> Result<()> {
    state.job(&request.job_id)?;
    let State { streams, jobs, .. } = state;
    for job in jobs.iter_mut().filter(|job| job.record.job_id == request.job_id) {
        must_be_stopped(job)?;
        let revived = revivable(job);
        streams_must_live(streams, job, &revived)?;
        for t in 0..job.tasks.len() {
            let waits = matches!(job.tasks[t].record.state, TaskState::Pending | TaskState::Ready);
            if revived.contains(&t) || waits {
                clear(job, t, clock);
            }
        }
        run_again(job, clock);
    }
    Ok(())
}

pub(super) fn retry_task(state: &mut State, request: RetryTask, clock: Timestamp) -> Result<()> {
    let t = state.job(&request.job_id)?.place(&request.task_id)?;
    let State { streams, jobs, .. } = state;
    for job in jobs.iter_mut().filter(|job| job.record.job_id == request.job_id) {
        must_be_stopped(job)?;
        must_be_revivable(job, t)?;
        streams_must_live(streams, job, &BTreeSet::from([t]))?;
        clear(job, t, clock);
        run_again(job, clock);
    }
    Ok(())
}

fn must_be_stopped(job: &Job) -> Result<()> {
    if job.is_stopped() {
        return Ok(());
    }
    Err(TaskDbErr::InvalidState {
        entity: Entity::Job(job.record.job_id),
        reason: format!("is {}: only a failed or cancelled job is replayed", job.record.state),
    })
}

/// The tasks a replay of the job brings back. Prerequisites are older, so one
/// pass by age is enough.
fn revivable(job: &Job) -> BTreeSet<usize> {
    let mut revived = BTreeSet::new();
    for t in 0..job.tasks.len() {
        let can_settle =
            |p: &usize| !job.tasks[*p].record.state.is_terminal() || revived.contains(p);
        if job.tasks[t].has_ended_badly()
            && !is_built_upon(job, t)
            && job.unsettled(t).iter().all(can_settle)
        {
            revived.insert(t);
        }
    }
    revived
}

/// A dependant has gone ahead on the strength of the tolerated end of this task.
fn is_built_upon(job: &Job, t: usize) -> bool {
    let went_ahead = |d: &usize| {
        let task = &job.tasks[*d].record;
        task.run_if == RunIf::AllSettled
            && matches!(task.state, TaskState::Ready | TaskState::Running | TaskState::Done)
    };
    job.tasks[t].record.tolerated && job.dependants(t).iter().any(went_ahead)
}

fn must_be_revivable(job: &Job, t: usize) -> Result<()> {
    let task = &job.tasks[t];
    let refuse = |reason: &str| {
        let entity = Entity::task(&job.record.job_id, &task.record.task_id);
        Err(TaskDbErr::InvalidState { entity, reason: reason.to_owned() })
    };
    if matches!(task.record.state, TaskState::Done | TaskState::Running) {
        return refuse("has not failed and was not cancelled");
    }
    let dead = |p: &usize| job.tasks[*p].has_ended_badly();
    if task.record.state.is_terminal() && job.unsettled(t).iter().any(dead) {
        return refuse("has a prerequisite that has failed or was cancelled: replay that first");
    }
    if is_built_upon(job, t) {
        return refuse("has a dependant that has run on its failure");
    }
    Ok(())
}

fn streams_must_live(streams: &[StreamRecord], job: &Job, revived: &BTreeSet<usize>) -> Result<()> {
    for (t, task) in job.tasks.iter().enumerate() {
        if revived.contains(&t) || !task.record.state.is_terminal() {
            live_stream(streams, &task.record.stream_id)?;
        }
    }
    Ok(())
}

/// Forgets how the task ended, or how far it had come before its job stopped.
fn clear(job: &mut Job, t: usize, clock: Timestamp) {
    let task = &mut job.tasks[t];
    let had_progress = std::mem::take(&mut task.record.progress) != 0.0;
    task.record.retries = 0;
    task.record.losses = 0;
    if task.record.state.is_terminal() {
        task.record.error = None;
        task.record.tolerated = false;
        task.record.start_at = None;
        task.record.start_by = None;
        task.closed = None;
        job.note_task(t, EventKind::Retried, Some(reason::REPLAYED), clock);
        job.go(t, TaskState::Pending, clock);
    } else if had_progress {
        job.touch(t, clock);
    }
}

fn run_again(job: &mut Job, clock: Timestamp) {
    job.note(EventKind::Retried, Some(reason::REPLAYED), clock);
    job.record.state = JobState::Running;
    job.record.error = None;
    job.stamp(clock);
    for t in 0..job.tasks.len() {
        job.ready_if_free(t, clock);
    }
    job.end(clock);
}
