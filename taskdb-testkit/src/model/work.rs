//! Hand-out: promotion of delayed tasks, choice of the next task, claim.

use std::cmp::Ordering;
use std::time::Duration;

use taskdb_core::record::{ClaimRecord, StreamRecord};
use taskdb_core::request::{ClaimedTask, RequestWork, Work};
use taskdb_core::state::share;
use taskdb_core::{Claim, EventKind, JobState, Priority, Result, TaskDbErr, TaskState, Timestamp};
use uuid::Uuid;

use super::rules::EXPIRED;
use super::state::{Job, State};

/// How many delayed tasks one call makes ready.
const PROMOTED: usize = 100;
/// How many tasks one call fails because nobody has started them in time.
const EXPIRED_AT_ONCE: usize = 100;

pub(super) fn request_work(
    state: &mut State,
    request: RequestWork,
    clock: Timestamp,
) -> Result<Work> {
    expire(state, clock);
    promote(state, clock);
    let mut tasks = Vec::new();
    for id in &request.claim_ids {
        let place = live(state, id).or_else(|| {
            let place = next(state, &request.worker_type)?;
            claim(&mut state.jobs[place.0], place.1, *id, &request, clock);
            Some(place)
        });
        if let Some((j, t)) = place {
            tasks.push(handed_out(&state.jobs[j], t, *id, request.inputs)?);
        }
    }
    let next_start = delayed(state).first().map(|(start, _)| start.since(clock));
    Ok(Work { tasks, next_start })
}

/// The delayed tasks of running jobs, earliest first.
fn delayed(state: &State) -> Vec<(Timestamp, (usize, usize))> {
    let waits = |job: &Job, t: usize| job.record.state == JobState::Running && job.is_delayed(t);
    let start = |(j, t): (usize, usize)| state.jobs[j].tasks[t].record.start_at;
    let places = state.places(waits).into_iter();
    let mut found: Vec<_> = places.filter_map(|place| Some((start(place)?, place))).collect();
    found.sort_unstable();
    found
}

/// Fails the tasks that nobody has started in time, at most 100, earliest first. In a
/// stopped job the time passes without effect.
pub(super) fn expire(state: &mut State, clock: Timestamp) {
    let waits = |job: &Job, t: usize| {
        let task = &job.tasks[t].record;
        task.attempt == 0
            && matches!(task.state, TaskState::Pending | TaskState::Ready)
            && task.start_by.is_some_and(|end| end <= clock)
    };
    let mut places = state.places(waits);
    places.sort_by_key(|(j, t)| state.jobs[*j].tasks[*t].record.start_by);
    for (j, t) in places.into_iter().take(EXPIRED_AT_ONCE) {
        let job = &mut state.jobs[j];
        if !waits(job, t) {
            // It was cancelled along with another one.
        } else if job.is_stopped() {
            job.tasks[t].record.start_by = None;
        } else {
            job.fail(t, TaskState::Failed, EXPIRED, clock);
            job.end(clock);
        }
    }
}

fn promote(state: &mut State, clock: Timestamp) {
    for (start, (j, t)) in delayed(state).into_iter().take(PROMOTED) {
        if start <= clock {
            state.jobs[j].ready_if_free(t, clock);
        }
    }
}

/// The task that a claim of this id is on.
fn live(state: &State, id: &Uuid) -> Option<(usize, usize)> {
    let holds = |job: &Job, t: usize| {
        job.tasks[t].record.claim.as_ref().is_some_and(|claim| claim.id == *id)
    };
    state.places(holds).first().copied()
}

/// The task to hand out next.
fn next(state: &State, worker_type: &str) -> Option<(usize, usize)> {
    Priority::ALL.into_iter().find_map(|class| {
        let class_has_work = |stream: &&StreamRecord| {
            stream.worker_type == worker_type
                && state.count(stream).scheduled[usize::from(class.code())]
        };
        let candidates = state.streams.iter().filter(class_has_work);
        let stream = candidates.min_by(|a, b| served_first(state, a, b))?;
        state.first_in_line(stream, class)
    })
}

fn served_first(state: &State, a: &StreamRecord, b: &StreamRecord) -> Ordering {
    let share =
        |stream: &StreamRecord| share(state.count(stream).running, stream.reserved, stream.be_mult);
    share(a).total_cmp(&share(b)).then(b.reserved.cmp(&a.reserved)).then(a.age.cmp(&b.age))
}

fn claim(job: &mut Job, t: usize, id: Uuid, request: &RequestWork, clock: Timestamp) {
    job.go(t, TaskState::Running, clock);
    let now = job.record.updated_at;
    job.record.started_at.get_or_insert(now);
    let task = &mut job.tasks[t];
    let lease_end = request.lease.map(|lease| clock.after(lease));
    let work_deadline = clock.after(timeout(task.record.timeout_secs));
    task.record.attempt += 1;
    task.record.started_at = Some(now);
    task.record.claim = Some(ClaimRecord {
        id,
        worker_id: request.worker_id.clone(),
        lease_micros: request.lease.map(micros),
        lease_end,
        work_deadline,
        deadline: lease_end.map_or(work_deadline, |end| end.min(work_deadline)),
    });
    task.last_claim = Some(id);
    task.last_worker = Some(request.worker_id.clone());
    task.closed = None;
    job.note_task(t, EventKind::Claimed, None, clock);
}

/// Seconds a worker has, as a duration.
pub(super) fn timeout(secs: i32) -> Duration {
    Duration::from_secs(u64::try_from(secs).unwrap_or(0))
}

/// A lease as records keep it.
pub(super) fn micros(lease: Duration) -> i64 {
    i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)
}

fn handed_out(job: &Job, t: usize, id: Uuid, inputs: Option<u64>) -> Result<ClaimedTask> {
    let task = job.tasks[t].record.clone();
    let inputs = match inputs {
        Some(most) => {
            let found = super::tasks::prerequisites(job, t).map(Ok::<_, TaskDbErr>);
            ClaimedTask::bounded(most, found)?
        }
        None => None,
    };
    Ok(ClaimedTask {
        claim: Claim { job_id: task.job_id, task_id: task.task_id, id, attempt: task.attempt },
        stream_id: task.stream_id,
        definition: task.definition,
        prerequisites: task.prerequisites,
        max_retries: task.max_retries,
        retries: task.retries,
        timeout_secs: task.timeout_secs,
        priority: job.record.priority,
        deadline: task.claim.map_or(Timestamp::MAX, |claim| claim.deadline),
        inputs,
    })
}
