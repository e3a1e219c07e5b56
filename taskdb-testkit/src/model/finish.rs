//! Results and failures of tasks.

use taskdb_core::request::{Completion, Failure, Target, UpdateTaskDone, UpdateTaskFailed};
use taskdb_core::{Result, TaskDbErr, TaskState, Timestamp};

use super::create::add_all;
use super::fence::{Found, find};
use super::state::{Closed, State, Task};

pub(super) fn update_task_done(
    state: &mut State,
    request: UpdateTaskDone,
    clock: Timestamp,
) -> Result<Vec<Result<bool>>> {
    Ok(request.entries.into_iter().map(|entry| complete(state, entry, clock)).collect())
}

fn complete(state: &mut State, entry: Completion, clock: Timestamp) -> Result<bool> {
    let Completion { target, output, children } = entry;
    let same = |closed: &Closed| (*closed == Closed::Done(output.clone())).then_some(true);
    let applies = [TaskState::Ready, TaskState::Running];
    let (j, t) = match find(state, &target, &applies, same)? {
        Found::At(j, t) => (j, t),
        Found::Answer(answer) => return Ok(answer),
    };
    // On a copy, because a child may be refused after others were made.
    let mut job = state.jobs[j].clone();
    if job.is_stopped() && !children.is_empty() {
        let (job_id, state) = (job.record.job_id, job.record.state);
        return Err(TaskDbErr::JobFinished { job_id, state });
    }
    add_all(&state.streams, &mut job, &children, clock)?;
    close(&mut job.tasks[t], &target, Closed::Done(output.clone()));
    job.finish(t, output, clock);
    job.end(clock);
    state.jobs[j] = job;
    Ok(true)
}

/// Remembers the call that has closed a claim; one that named none closed none.
pub(super) fn close(task: &mut Task, target: &Target, closed: Closed) {
    if matches!(target, Target::Claim(_)) {
        task.closed = Some(closed);
    }
}

pub(super) fn update_task_failed(
    state: &mut State,
    request: UpdateTaskFailed,
    clock: Timestamp,
) -> Result<Vec<Result<bool>>> {
    Ok(request.entries.into_iter().map(|entry| give_up(state, entry, clock)).collect())
}

fn give_up(state: &mut State, entry: Failure, clock: Timestamp) -> Result<bool> {
    let Failure { target, error } = entry;
    let same = |closed: &Closed| (*closed == Closed::Failed(error.clone())).then_some(true);
    let applies = [TaskState::Pending, TaskState::Ready, TaskState::Running];
    match find(state, &target, &applies, same)? {
        Found::Answer(answer) => Ok(answer),
        Found::At(j, t) => {
            let job = &mut state.jobs[j];
            close(&mut job.tasks[t], &target, Closed::Failed(error.clone()));
            job.fail(t, TaskState::Failed, &error, clock);
            job.end(clock);
            Ok(true)
        }
    }
}
