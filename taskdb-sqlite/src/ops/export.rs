//! `export`: pages of everything a namespace holds.

use rusqlite::Row;
use taskdb_core::record::{
    ClaimRecord, Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamDerived,
    StreamRecord, TaskDerived, TaskRecord,
};
use taskdb_core::request::Export;
use taskdb_core::{CanonicalJson, TaskDbErr, TaskState, Timestamp};
use uuid::Uuid;

use crate::engine::payload;
use crate::error::{Outcome, corrupt};
use crate::row::{self, Job, Stream, Task};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &Export) -> Outcome<Page> {
    let mut place = match &request.cursor {
        None => Place::Streams { after: -1 },
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))?,
    };
    let mut records = Vec::new();
    let limit = request.limit.clamp(1, 10_000);
    while records.len() < limit {
        let left = i64::try_from(limit - records.len()).unwrap_or(1);
        let (found, next) = step(unit, &place, left, request.derived)?;
        records.extend(found);
        match next {
            Some(next) => place = next,
            None => return Ok(Page { records, next: None }),
        }
    }
    Ok(Page { records, next: Some(Cursor(place.to_string())) })
}

/// Where an export stands.
enum Place {
    Streams { after: i64 },
    Job { from: i64 },
    Tasks { job: i64, after: i64 },
    Kept { job_id: Uuid, name: String },
    Schedules { after: String },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Streams { after } => write!(f, "s{after}"),
            Self::Job { from } => write!(f, "j{from}"),
            Self::Tasks { job, after } => write!(f, "t{job}/{after}"),
            Self::Kept { job_id, name } => write!(f, "k{job_id}/{name}"),
            Self::Schedules { after } => write!(f, "c{after}"),
        }
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.get(1..)?;
        match text.as_bytes()[0] {
            b's' => Some(Self::Streams { after: rest.parse().ok()? }),
            b'j' => Some(Self::Job { from: rest.parse().ok()? }),
            b't' => {
                let (job, after) = rest.split_once('/')?;
                Some(Self::Tasks { job: job.parse().ok()?, after: after.parse().ok()? })
            }
            b'k' => {
                let (job_id, name) = rest.split_once('/')?;
                Some(Self::Kept { job_id: job_id.parse().ok()?, name: name.to_owned() })
            }
            b'c' => Some(Self::Schedules { after: rest.to_owned() }),
            _ => None,
        }
    }
}

/// Reads what lies at a place, and tells where to go on.
fn step(
    unit: &mut Unit<'_>,
    place: &Place,
    limit: i64,
    derived: bool,
) -> Outcome<(Vec<Record>, Option<Place>)> {
    match place {
        Place::Streams { after } => {
            let page = unit.all(sql::streams::page, (unit.ns, after, limit), Stream::read)?;
            let next = match page.last() {
                Some(last) => Place::Streams { after: last.stream },
                None => Place::Job { from: 0 },
            };
            let records = page.into_iter().map(|s| Record::Stream(stream(s, derived))).collect();
            Ok((records, Some(next)))
        }
        Place::Job { from } => match unit.one(sql::jobs::from, (unit.ns, from), Job::read)? {
            None => {
                let (job_id, name) = (Uuid::nil(), String::new());
                Ok((Vec::new(), Some(Place::Kept { job_id, name })))
            }
            Some(found) => {
                let next = Place::Tasks { job: found.job, after: -1 };
                let releasing =
                    unit.one(sql::releases::of_job, (unit.ns, found.job), |_| Ok(()))?.is_some();
                let record = Record::Job(job(&found, derived.then_some(releasing)));
                unit.keep(found);
                Ok((vec![record], Some(next)))
            }
        },
        Place::Tasks { job, after } => tasks(unit, *job, *after, limit, derived),
        Place::Kept { job_id, name } => kept(unit, job_id, name, limit),
        Place::Schedules { after } => schedules(unit, after, limit),
    }
}

fn stream(s: Stream, derived: bool) -> StreamRecord {
    StreamRecord {
        stream_id: s.id,
        age: whole(s.stream),
        worker_type: s.worker_type,
        user_id: s.user_id,
        reserved: s.reserved,
        be_mult: s.be_mult,
        paused: s.paused,
        deleted: s.deleted,
        derived: derived.then(|| StreamDerived {
            pending: s.pending,
            ready: s.ready,
            running: s.running,
            // Membership of the partial indexes is this very condition.
            scheduled: s.ready.map(|ready| ready > 0 && !s.paused),
        }),
    }
}

fn job(j: &Job, releasing: Option<bool>) -> JobRecord {
    let time = Timestamp::from_micros;
    JobRecord {
        job_id: j.id,
        age: whole(j.job),
        user_id: j.user_id.clone(),
        state: j.state,
        error: j.error.clone(),
        priority: j.priority,
        key: j.key.clone().map(|key| (key, j.key_expires_at.map(time))),
        name: j.name.clone(),
        labels: j.labels(),
        keep: j.keep,
        created_at: time(j.created_at),
        started_at: j.started_at.map(time),
        updated_at: time(j.updated_at),
        derived: releasing.map(|releasing| JobDerived {
            tasks: j.tasks,
            unresolved: j.unresolved,
            open: j.open,
            releasing,
        }),
    }
}

fn tasks(
    unit: &mut Unit<'_>,
    job: i64,
    after: i64,
    limit: i64,
    derived: bool,
) -> Outcome<(Vec<Record>, Option<Place>)> {
    let next_job = Place::Job { from: job + 1 };
    if !unit.load_job(job)? {
        return Ok((Vec::new(), Some(next_job)));
    }
    let page = unit.all(sql::tasks::page, (unit.ns, job, after, limit), Task::read)?;
    let next = match page.last() {
        Some(last) => Place::Tasks { job, after: last.task },
        None => next_job,
    };
    let records: Outcome<Vec<_>> = page
        .into_iter()
        .map(|t| Ok(Record::Task(Box::new(task(unit, job, t, derived)?))))
        .collect();
    Ok((records?, Some(next)))
}

fn task(unit: &Unit<'_>, job: i64, t: Task, derived: bool) -> Outcome<TaskRecord> {
    let definition = payload::definition(unit, job, t.task)?;
    let stream = unit
        .one(sql::streams::load, (unit.ns, t.stream), Stream::read)?
        .ok_or_else(|| corrupt(format!("stream {} is missing", t.stream)))?;
    let time = Timestamp::from_micros;
    let derived = derived.then(|| task_derived(unit, job, &t)).transpose()?;
    Ok(TaskRecord {
        job_id: unit.job(job).id,
        age: whole(t.task),
        stream_id: stream.id,
        state: t.state,
        definition: definition.body,
        prerequisites: definition.prerequisites,
        optional: t.optional,
        run_if: t.run_if,
        tolerated: t.tolerated,
        max_retries: t.max_retries,
        retries: t.retries,
        losses: u32::try_from(t.losses).unwrap_or(u32::MAX),
        attempt: whole(t.attempt),
        timeout_secs: t.timeout_secs,
        rules: t.rules,
        progress: t.progress as f32,
        output: payload::output(unit, job, t.task)?,
        claim: claim(&t),
        error: t.error,
        start_at: t.start_at.map(time),
        start_by: t.start_by.map(time),
        created_at: time(t.created_at),
        started_at: t.started_at.map(time),
        updated_at: time(t.updated_at),
        task_id: t.name,
        derived,
    })
}

fn claim(t: &Task) -> Option<ClaimRecord> {
    if t.state != TaskState::Running {
        return None;
    }
    let time = Timestamp::from_micros;
    Some(ClaimRecord {
        id: t.claim_id?,
        worker_id: t.worker_id.clone()?,
        lease_micros: t.lease,
        lease_end: t.lease_end.map(time),
        work_deadline: time(t.work_deadline?),
        deadline: time(t.deadline?),
    })
}

fn task_derived(unit: &Unit<'_>, job: i64, t: &Task) -> Outcome<TaskDerived> {
    let row = unit.job(job);
    let dependants: Vec<i64> =
        unit.all(sql::tasks::dependant_ages, (unit.ns, job, t.task), |found| found.get(0))?;
    Ok(TaskDerived {
        waiting_on: t.waiting_on,
        // The lists of ready tasks and of claims are partial indexes by state, below
        // lanes that go with their job.
        indexed_ready: t.state == TaskState::Ready && !row.state.is_stopped(),
        claimed: t.state == TaskState::Running && t.deadline.is_some(),
        dependants: dependants.into_iter().map(whole).collect(),
    })
}

fn kept(
    unit: &Unit<'_>,
    job_id: &Uuid,
    name: &str,
    limit: i64,
) -> Outcome<(Vec<Record>, Option<Place>)> {
    let read = |found: &Row<'_>| {
        Ok(KeptOutputRecord {
            job_id: row::id(found, 0)?,
            task_id: found.get(1)?,
            output: CanonicalJson::from_stored(found.get(2)?),
            expires_at: Timestamp::from_micros(found.get(3)?),
        })
    };
    let params = (unit.ns, job_id.as_bytes(), name, limit, unit.now);
    let page = unit.all(sql::kept_outputs::page, params, read)?;
    let next = match page.last() {
        Some(last) => Place::Kept { job_id: last.job_id, name: last.task_id.clone() },
        None => Place::Schedules { after: String::new() },
    };
    Ok((page.into_iter().map(Record::KeptOutput).collect(), Some(next)))
}

fn schedules(unit: &Unit<'_>, after: &str, limit: i64) -> Outcome<(Vec<Record>, Option<Place>)> {
    let limit = usize::try_from(limit).unwrap_or(1);
    let page = super::list_schedules::page(unit, after, None, limit)?;
    let next = page.last().map(|last| Place::Schedules { after: last.name.clone() });
    Ok((page.into_iter().map(Record::Schedule).collect(), next))
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
