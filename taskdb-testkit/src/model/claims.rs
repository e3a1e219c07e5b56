//! Claims that are held or have expired: progress, retry, renewal, release, requeue.

use std::time::Duration;

use taskdb_core::event::reason;
use taskdb_core::record::ClaimRecord;
use taskdb_core::request::{
    ReleaseClaims, ReleaseWorker, RenewClaims, RequeueTasks, Target, UpdateTaskProgress,
    UpdateTaskRetry,
};
use taskdb_core::{Claim, EventKind, Renewal, Result, TaskState, Timestamp};

use super::fence::{Found, find, held};
use super::finish::close;
use super::rules::LOST_TOO_OFTEN;
use super::state::{Closed, Job, State, Task};
use super::work::{expire, micros, timeout};

pub(super) fn update_task_progress(
    state: &mut State,
    request: UpdateTaskProgress,
    clock: Timestamp,
) -> Result<bool> {
    let applies = [TaskState::Ready, TaskState::Running];
    match find(state, &request.target, &applies, |_| None)? {
        Found::Answer(answer) => Ok(answer),
        Found::At(j, t) => {
            let job = &mut state.jobs[j];
            let reported = request.progress.to_string();
            job.note_task(t, EventKind::Progress, Some(&reported), clock);
            job.touch(t, clock);
            let task = &mut job.tasks[t];
            task.record.progress = task.record.progress.max(request.progress);
            let work_deadline = clock.after(timeout(task.record.timeout_secs));
            if let Some(claim) = &mut task.record.claim {
                claim.work_deadline = work_deadline;
                claim.deadline = deadline(claim);
            }
            Ok(true)
        }
    }
}

fn deadline(claim: &ClaimRecord) -> Timestamp {
    claim.lease_end.map_or(claim.work_deadline, |end| end.min(claim.work_deadline))
}

pub(super) fn update_task_retry(
    state: &mut State,
    request: UpdateTaskRetry,
    clock: Timestamp,
) -> Result<bool> {
    let UpdateTaskRetry { target, delay } = request;
    let same = |closed: &Closed| match closed {
        Closed::Retry(answer) => Some(*answer),
        _ => None,
    };
    match find(state, &target, &[TaskState::Running], same)? {
        Found::Answer(answer) => Ok(answer),
        Found::At(j, t) => {
            let job = &mut state.jobs[j];
            let delay = delay.unwrap_or_else(|| policy(&job.tasks[t]));
            let answer = job.retry(t, start(delay, clock), reason::GIVEN_UP, clock);
            close(&mut job.tasks[t], &target, Closed::Retry(answer));
            job.end(clock);
            Ok(answer)
        }
    }
}

/// The delay that the rules of a task give its next attempt.
fn policy(task: &Task) -> Duration {
    task.record.rules.backoff.delay(task.record.age, task.record.retries)
}

fn start(delay: Duration, clock: Timestamp) -> Option<Timestamp> {
    (!delay.is_zero()).then(|| clock.after(delay))
}

pub(super) fn renew_claims(
    state: &mut State,
    request: RenewClaims,
    clock: Timestamp,
) -> Result<Vec<Result<Renewal>>> {
    let renew = |claim: &Claim| {
        let (j, t) = held(state, claim)?;
        let deadline = prolong(&mut state.jobs[j].tasks[t], request.lease, clock);
        Ok(Renewal { deadline, job: state.jobs[j].record.state })
    };
    Ok(request.claims.iter().map(renew).collect())
}

/// Starts the lease anew, which neither the task's times nor its timeout notice.
fn prolong(task: &mut Task, lease: Option<Duration>, clock: Timestamp) -> Timestamp {
    let Some(claim) = &mut task.record.claim else { return clock };
    claim.lease_micros = lease.map(micros).or(claim.lease_micros);
    let lasts =
        claim.lease_micros.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    claim.lease_end = lasts.map(|lease| clock.after(lease));
    claim.deadline = deadline(claim);
    claim.deadline
}

pub(super) fn release_claims(
    state: &mut State,
    request: ReleaseClaims,
    clock: Timestamp,
) -> Result<Vec<Result<bool>>> {
    let same = |closed: &Closed| match closed {
        Closed::Release(answer) => Some(*answer),
        _ => None,
    };
    let release = |claim: Claim| match find(state, &Target::Claim(claim), &[], same)? {
        Found::Answer(answer) => Ok(answer),
        Found::At(j, t) => Ok(give_back(&mut state.jobs[j], t, clock)),
    };
    Ok(request.claims.into_iter().map(release).collect())
}

fn give_back(job: &mut Job, t: usize, clock: Timestamp) -> bool {
    let answer = !job.is_stopped();
    job.put_back(t, None, reason::RELEASED, clock);
    job.tasks[t].closed = Some(Closed::Release(answer));
    answer
}

pub(super) fn release_worker(
    state: &mut State,
    request: ReleaseWorker,
    clock: Timestamp,
) -> Result<u64> {
    let places = state.places(|job, t| {
        let claim = job.tasks[t].record.claim.as_ref();
        claim.is_some_and(|claim| claim.worker_id == request.worker_id)
    });
    for (j, t) in &places {
        give_back(&mut state.jobs[*j], *t, clock);
    }
    Ok(places.len() as u64)
}

pub(super) fn requeue_tasks(
    state: &mut State,
    request: RequeueTasks,
    clock: Timestamp,
) -> Result<u64> {
    if request.limit > 0 {
        expire(state, clock);
    }
    let deadline = |job: &Job, t: usize| job.tasks[t].record.claim.as_ref().map(|c| c.deadline);
    let expired = |job: &Job, t: usize| deadline(job, t).is_some_and(|end| end <= clock);
    let mut places = state.places(expired);
    // Stable, so that ties stay in the order of age.
    places.sort_by_key(|(j, t)| deadline(&state.jobs[*j], *t));
    places.truncate(usize::try_from(request.limit).unwrap_or(usize::MAX));
    for (j, t) in &places {
        let job = &mut state.jobs[*j];
        job.tasks[*t].record.losses += 1;
        let record = &job.tasks[*t].record;
        let too_many = record.rules.max_losses.is_some_and(|most| record.losses > most);
        if too_many && !job.is_stopped() {
            job.fail(*t, TaskState::Failed, LOST_TOO_OFTEN, clock);
        } else {
            let delay = policy(&job.tasks[*t]);
            job.retry(*t, start(delay, clock), reason::LOST, clock);
        }
        job.end(clock);
    }
    state.cut_log(clock);
    Ok(places.len() as u64)
}
