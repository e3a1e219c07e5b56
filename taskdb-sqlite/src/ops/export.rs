//! `export`: pages of everything a namespace holds.

use std::collections::HashMap;

use rusqlite::Row;
use taskdb_core::record::{
    ClaimRecord, Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamDerived,
    StreamRecord, TaskDerived, TaskRecord,
};
use taskdb_core::request::{Export, Part};
use taskdb_core::{CanonicalJson, TaskDbErr, TaskState, Timestamp};
use uuid::Uuid;

use crate::engine::payload;
use crate::error::{Outcome, corrupt};
use crate::row::{self, Job, Stream, Task};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &Export) -> Outcome<Page> {
    let place = match &request.cursor {
        None => Place::first(&request.part),
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))?,
    };
    let limit = request.limit.clamp(1, 10_000);
    let mut reading =
        Reading { request, limit, records: Vec::new(), bytes: 0, ids: HashMap::new() };
    let mut place = Some(place);
    while let Some(at) = place.take_if(|_| !reading.is_full()) {
        place = reading.step(unit, at)?;
    }
    let next = place.map(|place| Cursor(place.to_string()));
    Ok(Page { records: reading.records, next })
}

/// Where an export stands.
enum Place {
    Streams {
        after: i64,
    },
    Job {
        from: i64,
    },
    Tasks {
        job: i64,
        after: i64,
    },
    /// Of the jobs that were asked for: the index of one, and its last task if it has begun.
    Named {
        index: usize,
        after: Option<i64>,
    },
    Kept {
        job_id: Uuid,
        name: String,
    },
    Schedules {
        after: String,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Streams { after } => write!(f, "s{after}"),
            Self::Job { from } => write!(f, "j{from}"),
            Self::Tasks { job, after } => write!(f, "t{job}/{after}"),
            Self::Named { index, after: None } => write!(f, "n{index}/"),
            Self::Named { index, after: Some(after) } => write!(f, "n{index}/{after}"),
            Self::Kept { job_id, name } => write!(f, "k{job_id}/{name}"),
            Self::Schedules { after } => write!(f, "c{after}"),
        }
    }
}

impl Place {
    fn first(part: &Part) -> Self {
        match part {
            Part::Everything | Part::Streams => Self::Streams { after: -1 },
            Part::Jobs(_) => Self::Named { index: 0, after: None },
            Part::Rest => Self::Kept { job_id: Uuid::nil(), name: String::new() },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let rest = text.get(1..)?;
        match text.as_bytes()[0] {
            b's' => Some(Self::Streams { after: rest.parse().ok()? }),
            b'j' => Some(Self::Job { from: rest.parse().ok()? }),
            b't' => {
                let (job, after) = rest.split_once('/')?;
                Some(Self::Tasks { job: job.parse().ok()?, after: after.parse().ok()? })
            }
            b'n' => {
                let (index, after) = rest.split_once('/')?;
                let after = (!after.is_empty()).then(|| after.parse()).transpose().ok()?;
                Some(Self::Named { index: index.parse().ok()?, after })
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

/// A page in the making.
struct Reading<'r> {
    request: &'r Export,
    limit: usize,
    records: Vec<Record>,
    /// Of definitions and outputs.
    bytes: usize,
    /// The ids of streams by their numbers.
    ids: HashMap<i64, Uuid>,
}

impl Reading<'_> {
    fn is_full(&self) -> bool {
        self.records.len() >= self.limit || self.bytes >= Export::PAGE_BYTES
    }

    fn left(&self) -> i64 {
        i64::try_from(self.limit - self.records.len()).unwrap_or(i64::MAX)
    }

    /// Reads what lies at a place, and tells where to go on.
    fn step(&mut self, unit: &mut Unit<'_>, place: Place) -> Outcome<Option<Place>> {
        match place {
            Place::Streams { after } => self.streams(unit, after),
            Place::Job { from } => {
                let Some(found) = unit.one(sql::jobs::from, (unit.ns, from), Job::read)? else {
                    return Ok(Some(Place::Kept { job_id: Uuid::nil(), name: String::new() }));
                };
                let job = self.job(unit, found)?;
                Ok(Some(Place::Tasks { job, after: -1 }))
            }
            Place::Tasks { job, after } => {
                let next = self.tasks(unit, job, after)?;
                let next = next.map_or(Place::Job { from: job.saturating_add(1) }, |after| {
                    Place::Tasks { job, after }
                });
                Ok(Some(next))
            }
            Place::Named { index, after } => self.named(unit, index, after),
            Place::Kept { job_id, name } => self.kept(unit, &job_id, &name),
            Place::Schedules { after } => self.schedules(unit, &after),
        }
    }

    fn streams(&mut self, unit: &Unit<'_>, after: i64) -> Outcome<Option<Place>> {
        let page = unit.all(sql::streams::page, (unit.ns, after, self.left()), Stream::read)?;
        let next = match page.last() {
            Some(last) => Place::Streams { after: last.stream },
            None if self.request.part == Part::Streams => return Ok(None),
            None => Place::Job { from: 0 },
        };
        let derived = self.request.derived;
        self.records.extend(page.into_iter().map(|s| Record::Stream(stream(s, derived))));
        Ok(Some(next))
    }

    /// Adds a job without its tasks; its number.
    fn job(&mut self, unit: &mut Unit<'_>, found: Job) -> Outcome<i64> {
        let derived = self.request.derived;
        let releasing = derived && {
            let params = (unit.ns, found.job);
            unit.one(sql::releases::of_job, params, |_| Ok(()))?.is_some()
        };
        self.records.push(Record::Job(job(&found, derived.then_some(releasing))));
        Ok(unit.keep(found))
    }

    fn named(
        &mut self,
        unit: &mut Unit<'_>,
        index: usize,
        after: Option<i64>,
    ) -> Outcome<Option<Place>> {
        let named = self.request.part.jobs();
        let Some(id) = named.get(index) else { return Ok(None) };
        let next = Place::Named { index: index + 1, after: None };
        let Some(job) = unit.find_job(id)? else { return Ok(Some(next)) };
        let Some(after) = after else {
            let found = unit.job(job).clone();
            self.job(unit, found)?;
            return Ok(Some(Place::Named { index, after: Some(-1) }));
        };
        let last = self.tasks(unit, job, after)?;
        Ok(Some(last.map_or(next, |after| Place::Named { index, after: Some(after) })))
    }

    /// Adds tasks of a job; the last one, when there may be more.
    fn tasks(&mut self, unit: &mut Unit<'_>, job: i64, after: i64) -> Outcome<Option<i64>> {
        if !unit.load_job(job)? {
            return Ok(None);
        }
        let id = unit.job(job).id;
        let (limit, mut read, mut last) = (self.left(), 0, None);
        unit.each(sql::tasks::export, (unit.ns, job, after, limit), |row| {
            let record = self.task(unit, id, job, row)?;
            (read, last) = (read + 1, i64::try_from(record.age).ok());
            self.bytes += record.definition.bytes();
            self.bytes += record.output.as_ref().map_or(0, CanonicalJson::bytes);
            self.records.push(Record::Task(Box::new(record)));
            Ok(!self.is_full())
        })?;
        Ok(last.filter(|_| read == limit || self.is_full()))
    }

    fn task(&mut self, unit: &Unit<'_>, id: Uuid, job: i64, row: &Row<'_>) -> Outcome<TaskRecord> {
        let t = Task::read(row)?;
        let stream_id = match self.ids.get(&t.stream) {
            Some(known) => *known,
            None => {
                let found = unit
                    .one(sql::streams::load, (unit.ns, t.stream), Stream::read)?
                    .ok_or_else(|| corrupt(format!("stream {} is missing", t.stream)))?;
                *self.ids.entry(t.stream).or_insert(found.id)
            }
        };
        let derived = self.request.derived.then(|| task_derived(unit, job, &t)).transpose()?;
        let definition = payload::read_definition(row.get(31)?, row.get(32)?)?;
        let output = row.get::<_, Option<String>>(33)?.map(CanonicalJson::from_stored);
        Ok(task(t, (id, stream_id), definition, output, derived))
    }

    fn kept(&mut self, unit: &Unit<'_>, job_id: &Uuid, name: &str) -> Outcome<Option<Place>> {
        let mut next = Place::Schedules { after: String::new() };
        let params = (unit.ns, job_id.as_bytes(), name, self.left(), unit.now);
        unit.each(sql::kept_outputs::page, params, |found| {
            let record = KeptOutputRecord {
                job_id: row::id(found, 0)?,
                task_id: found.get(1)?,
                output: CanonicalJson::from_stored(found.get(2)?),
                expires_at: Timestamp::from_micros(found.get(3)?),
            };
            next = Place::Kept { job_id: record.job_id, name: record.task_id.clone() };
            self.bytes += record.output.bytes();
            self.records.push(Record::KeptOutput(record));
            Ok(!self.is_full())
        })?;
        Ok(Some(next))
    }

    fn schedules(&mut self, unit: &Unit<'_>, after: &str) -> Outcome<Option<Place>> {
        let page = super::list_schedules::page(unit, after, None, self.limit - self.records.len())?;
        let next = page.last().map(|last| Place::Schedules { after: last.name.clone() });
        self.records.extend(page.into_iter().map(Record::Schedule));
        Ok(next)
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

fn task(
    t: Task,
    (job_id, stream_id): (Uuid, Uuid),
    definition: payload::Definition,
    output: Option<CanonicalJson>,
    derived: Option<TaskDerived>,
) -> TaskRecord {
    let time = Timestamp::from_micros;
    TaskRecord {
        job_id,
        age: whole(t.task),
        stream_id,
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
        output,
        claim: claim(&t),
        error: t.error,
        start_at: t.start_at.map(time),
        start_by: t.start_by.map(time),
        created_at: time(t.created_at),
        started_at: t.started_at.map(time),
        updated_at: time(t.updated_at),
        task_id: t.name,
        derived,
    }
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
    let dependants: Vec<i64> =
        unit.all(sql::tasks::dependant_ages, (unit.ns, job, t.task), |found| found.get(0))?;
    let claimable = || unit.one(sql::lanes::claimable, (unit.ns, job, t.stream), |_| Ok(()));
    Ok(TaskDerived {
        waiting_on: t.waiting_on,
        // The lists of ready tasks and of claims are partial indexes by state, below
        // lanes that go with their job.
        indexed_ready: t.state == TaskState::Ready && claimable()?.is_some(),
        claimed: t.state == TaskState::Running && t.deadline.is_some(),
        dependants: dependants.into_iter().map(whole).collect(),
    })
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
