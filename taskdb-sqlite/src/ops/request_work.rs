//! `request_work`: claims the tasks that are next.

use std::time::Duration;

use taskdb_core::request::{ClaimedTask, RequestWork, Work};
use taskdb_core::store::Gate;
use taskdb_core::{Claim, EventKind, JobState, Priority, TaskDbErr, TaskState, Timestamp};
use uuid::Uuid;

use crate::engine::events::{self, Subject};
use crate::engine::{overdue, payload, release};
use crate::error::{Outcome, corrupt};
use crate::row::{self, Stream, Task};
use crate::sql;
use crate::unit::Unit;

/// The most delayed tasks that one call promotes.
const PROMOTED: i64 = 100;

pub(crate) fn run(unit: &mut Unit<'_>, request: &RequestWork) -> Outcome<Work> {
    let gate = unit.gate()?;
    if gate != Gate::Open {
        return Err(TaskDbErr::Closed { gate }.into());
    }
    // What concerns all claims of a group is done for the first of them.
    if !unit.carried {
        release::help(unit)?;
        overdue::fail(unit)?;
        promote(unit)?;
        unit.carried = true;
    }
    let mut tasks = Vec::with_capacity(request.claim_ids.len());
    let mut exhausted = false;
    for claim_id in &request.claim_ids {
        if let Some(held) = live(unit, request, claim_id)? {
            tasks.push(held);
        } else if !exhausted {
            let claimed = claim(unit, request, claim_id)?;
            exhausted = claimed.is_none();
            tasks.extend(claimed);
        }
    }
    let next_start = if tasks.is_empty() { next_start(unit)? } else { None };
    Ok(Work { tasks, next_start })
}

/// Makes delayed tasks ready whose time has come.
fn promote(unit: &mut Unit<'_>) -> Outcome<()> {
    let due = unit.all(sql::delayed::due, (unit.ns, unit.now, PROMOTED), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
    })?;
    for (start_at, job, number) in due {
        unit.exec(sql::delayed::delete, (unit.ns, start_at, job, number))?;
        // A stopped job lists its delayed tasks again when it is replayed.
        if !unit.load_job(job)? || unit.job(job).state != JobState::Running {
            continue;
        }
        let task = unit.one(sql::tasks::load, (unit.ns, job, number), Task::read)?;
        if let Some(task) = task.filter(|task| task.delayed_until() == Some(start_at)) {
            release::make_ready(unit, job, number, task.stream)?;
        }
    }
    Ok(())
}

fn next_start(unit: &Unit<'_>) -> Outcome<Option<Duration>> {
    let next: Option<i64> = unit.one(sql::delayed::next, [unit.ns], |row| row.get(0))?;
    let now = Timestamp::from_micros(unit.now);
    Ok(next.map(|time| Timestamp::from_micros(time).since(now)))
}

/// The task that a claim id holds already: the request is a repetition.
fn live(
    unit: &mut Unit<'_>,
    request: &RequestWork,
    claim_id: &Uuid,
) -> Outcome<Option<ClaimedTask>> {
    let found = unit.one(sql::tasks::live_claim, (unit.ns, claim_id.as_bytes()), |row| {
        let held = Held::read(row, 3, row.get(1)?)?;
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(2)?, held))
    })?;
    let Some((job, stream, held)) = found else { return Ok(None) };
    let stream = unit
        .one(sql::streams::load, (unit.ns, stream), Stream::read)?
        .ok_or_else(|| corrupt(format!("stream {stream} is missing")))?;
    if !unit.load_job(job)? {
        return Err(corrupt(format!("a task runs in job {job}, which is missing")));
    }
    held.hand_out(unit, job, stream.id, claim_id, request.inputs).map(Some)
}

/// Hands out the task that is next for a worker type.
fn claim(
    unit: &mut Unit<'_>,
    request: &RequestWork,
    claim_id: &Uuid,
) -> Outcome<Option<ClaimedTask>> {
    unit.flush_streams()?;
    let Some((class, stream, stream_id)) = next_stream(unit, &request.worker_type)? else {
        return Ok(None);
    };
    let job = next_job(unit, stream, class)?;
    if !unit.load_job(job)? {
        return Err(corrupt(format!("job {job} has a lane and is missing")));
    }
    let now = unit.touch(job);
    let row = unit.job_mut(job);
    row.started_at.get_or_insert(now);
    let lease = request.lease.map(|lease| i64::try_from(lease.as_micros()).unwrap_or(i64::MAX / 4));
    let params =
        (unit.ns, job, stream, claim_id.as_bytes(), &request.worker_id, lease, unit.now, now);
    let held = unit
        .one(sql::tasks::claim, params, |row| Held::read(row, 1, row.get(0)?))?
        .ok_or_else(|| corrupt(format!("job {job} counts a ready task that it has not")))?;
    unit.shift(job, stream, Some(TaskState::Ready), TaskState::Running);
    let worker = Some(request.worker_id.as_str());
    let subject = Subject { name: &held.name, attempt: held.attempt, worker };
    events::task(unit, job, EventKind::Claimed, subject, None)?;
    held.hand_out(unit, job, stream_id, claim_id, request.inputs).map(Some)
}

/// The stream with the smallest share in the highest class that has ready work.
fn next_stream(unit: &Unit<'_>, worker_type: &str) -> Outcome<Option<(Priority, i64, Uuid)>> {
    let classes = [sql::streams::next_high, sql::streams::next_medium, sql::streams::next_low];
    for (class, statement) in Priority::ALL.into_iter().zip(classes) {
        let found = unit.one(statement, (unit.ns, worker_type), |found| {
            Ok((class, found.get(0)?, row::id(found, 1)?))
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The oldest job of a stream and class with ready work.
fn next_job(unit: &mut Unit<'_>, stream: i64, class: Priority) -> Outcome<i64> {
    unit.flush_lanes()?;
    unit.one(sql::lanes::next, (unit.ns, stream, class.code()), |row| row.get(0))?
        .ok_or_else(|| corrupt(format!("stream {stream} counts ready work that it has not")))
}

/// A task that has just been claimed, or is held.
struct Held {
    task: i64,
    name: String,
    attempt: i64,
    retries: i32,
    max_retries: i32,
    timeout_secs: i32,
    deadline: i64,
}

impl Held {
    fn read(row: &rusqlite::Row<'_>, from: usize, task: i64) -> rusqlite::Result<Self> {
        Ok(Self {
            task,
            name: row.get(from)?,
            attempt: row.get(from + 1)?,
            retries: row.get(from + 2)?,
            max_retries: row.get(from + 3)?,
            timeout_secs: row.get(from + 4)?,
            deadline: row.get(from + 5)?,
        })
    }

    fn hand_out(
        self,
        unit: &Unit<'_>,
        job: i64,
        stream_id: Uuid,
        claim_id: &Uuid,
        inputs: Option<u64>,
    ) -> Outcome<ClaimedTask> {
        let definition = payload::definition(unit, job, self.task)?;
        let inputs = match inputs {
            Some(most) => {
                let read = |name: &String| super::get_prerequisites::read(unit, job, name);
                ClaimedTask::bounded(most, definition.prerequisites.iter().map(read))?
            }
            None => None,
        };
        let row = unit.job(job);
        Ok(ClaimedTask {
            claim: Claim {
                job_id: row.id,
                task_id: self.name,
                id: *claim_id,
                attempt: u64::try_from(self.attempt).unwrap_or(0),
            },
            stream_id,
            definition: definition.body,
            prerequisites: definition.prerequisites,
            max_retries: self.max_retries,
            retries: self.retries,
            timeout_secs: self.timeout_secs,
            priority: row.priority,
            deadline: Timestamp::from_micros(self.deadline),
            inputs,
        })
    }
}
