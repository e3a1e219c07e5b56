//! `import`: writes records of an export, deriving what is derived.

use std::collections::{HashMap, HashSet};

use rusqlite::Row;
use taskdb_core::record::{JobRecord, KeptOutputRecord, Record, StreamRecord, TaskRecord};
use taskdb_core::request::Import;
use taskdb_core::{RunIf, ScheduleInfo, TaskDbErr, TaskState};
use uuid::Uuid;

use crate::engine::{events, payload, trash};
use crate::error::{Fault, Outcome};
use crate::row::{self, Closing, Job, Stream};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &Import) -> Outcome<()> {
    let mut page = Page::default();
    // A page is taken as a whole, so what is refused half way undoes the first half.
    request.records.iter().try_for_each(|record| page.take(unit, record)).map_err(|fault| {
        match fault {
            Fault::Refused(error) => Fault::Undo(error),
            other => other,
        }
    })
}

/// What is known of the records that a page has brought, so that nobody has to ask.
#[derive(Default)]
struct Page<'r> {
    streams: HashMap<Uuid, i64>,
    /// Jobs that were not there before, so that all of their tasks are in `tasks`.
    fresh: HashSet<i64>,
    tasks: HashMap<(i64, &'r str), Standing>,
}

/// What a dependant needs to know of a prerequisite.
#[derive(Clone, Copy)]
struct Standing {
    task: i64,
    done: bool,
    tolerated: bool,
}

impl<'r> Page<'r> {
    fn take(&mut self, unit: &mut Unit<'_>, record: &'r Record) -> Outcome<()> {
        match record {
            Record::Stream(record) => stream(unit, record),
            Record::Job(record) => {
                self.fresh.extend(job(unit, record)?);
                Ok(())
            }
            Record::Task(record) => self.task(unit, record),
            Record::KeptOutput(record) => kept(unit, record),
            Record::Schedule(record) => schedule(unit, record),
            Record::Event(record) => events::import(unit, number(record.number)?, &record.event),
            _ => Err(refuse("are of a kind that this release does not know")),
        }
    }

    fn stream(&mut self, unit: &Unit<'_>, record: &TaskRecord) -> Outcome<i64> {
        if let Some(known) = self.streams.get(&record.stream_id) {
            return Ok(*known);
        }
        let params = (unit.ns, record.stream_id.as_bytes());
        let found = unit
            .one(sql::streams::find, params, Stream::read)?
            .ok_or_else(|| refuse(format!("have task `{}` before its stream", record.task_id)))?;
        self.streams.insert(record.stream_id, found.stream);
        Ok(found.stream)
    }

    /// A task by its name, if it is there.
    fn find(&self, unit: &Unit<'_>, job: i64, name: &str) -> Outcome<Option<Standing>> {
        if let Some(known) = self.tasks.get(&(job, name)) {
            return Ok(Some(*known));
        }
        if self.fresh.contains(&job) {
            return Ok(None);
        }
        let read = |row: &Row<'_>| {
            let done = row.get::<_, u8>(1)? == TaskState::Done.code();
            Ok(Standing { task: row.get(0)?, done, tolerated: row.get(2)? })
        };
        unit.one(sql::tasks::standing, (unit.ns, job, name), read)
    }

    fn task(&mut self, unit: &mut Unit<'_>, record: &'r TaskRecord) -> Outcome<()> {
        let (job_id, name) = (record.job_id, &record.task_id);
        let job = unit
            .find_job(&job_id)?
            .ok_or_else(|| refuse(format!("have task `{name}` before its job {job_id}")))?;
        if self.find(unit, job, name)?.is_some() {
            return Ok(());
        }
        let stream = self.stream(unit, record)?;
        if (record.state == TaskState::Running) != record.claim.is_some() {
            let how = format!("have task `{name}` {} with or without a claim", record.state);
            return Err(refuse(how));
        }
        let age = number(record.age)?;
        let taken = age < unit.job(job).next_task
            && unit.one(sql::tasks::load, (unit.ns, job, age), |_| Ok(()))?.is_some();
        if taken {
            return Err(refuse(format!("give task `{name}` the age of another task")));
        }
        let waiting_on = self.edges(unit, job, age, record)?;
        insert(unit, job, age, stream, waiting_on, record)?;
        let standing = Standing {
            task: age,
            done: record.state == TaskState::Done,
            tolerated: record.tolerated,
        };
        self.tasks.insert((job, name), standing);
        payload::keep_definition(unit, job, age, &record.prerequisites, &record.definition)?;
        if let Some(output) = &record.output {
            payload::keep_output(unit, job, age, output)?;
        }
        let start_at = record.start_at.filter(|_| record.state == TaskState::Pending);
        if let Some(start_at) = start_at.filter(|_| waiting_on == 0) {
            unit.exec(sql::delayed::insert, (unit.ns, start_at.as_micros(), job, age))?;
        }
        count(unit, job, stream, age, record);
        Ok(())
    }

    /// Writes the edges to a task's prerequisites; returns how many have not settled.
    fn edges(&self, unit: &Unit<'_>, job: i64, age: i64, record: &TaskRecord) -> Outcome<i64> {
        let (mut unsettled, mut seen) = (0, HashSet::new());
        for name in &record.prerequisites {
            if !seen.insert(name) {
                let how = format!("have task `{}` wait for `{name}` twice", record.task_id);
                return Err(refuse(how));
            }
            let pre = self
                .find(unit, job, name)?
                .filter(|pre| pre.task < age)
                .ok_or_else(|| refuse(format!("have task `{}` before `{name}`", record.task_id)))?;
            unit.exec(sql::edges::insert, (unit.ns, job, pre.task, age))?;
            let settled = pre.done || (record.run_if == RunIf::AllSettled && pre.tolerated);
            unsettled += i64::from(!settled);
        }
        Ok(unsettled)
    }
}

/// Counts a task that is new.
fn count(unit: &mut Unit<'_>, job: i64, stream: i64, age: i64, record: &TaskRecord) {
    unit.shift(job, stream, None, record.state);
    let hard =
        matches!(record.state, TaskState::Failed | TaskState::Cancelled) && !record.tolerated;
    let row = unit.job_mut(job);
    row.next_task = row.next_task.max(age + 1);
    row.hard += i64::from(hard);
}

fn refuse(reason: impl Into<String>) -> Fault {
    TaskDbErr::invalid("records", reason).into()
}

fn number(age: u64) -> Outcome<i64> {
    // The next one has to have a number as well.
    let fits = i64::try_from(age).ok().filter(|age| *age < i64::MAX);
    fits.ok_or_else(|| refuse(format!("have the age {age}, which is too high")))
}

fn stream(unit: &mut Unit<'_>, record: &StreamRecord) -> Outcome<()> {
    let (id, age) = (record.stream_id, number(record.age)?);
    let gone =
        unit.all(sql::streams::make_room, (unit.ns, age, id.as_bytes()), |row| row::id(row, 0))?;
    gone.iter().for_each(|id| unit.forget_stream(id));
    if unit.one(sql::streams::find, (unit.ns, id.as_bytes()), |_| Ok(()))?.is_some() {
        return Ok(());
    }
    if unit.one(sql::streams::load, (unit.ns, age), |_| Ok(()))?.is_some() {
        return Err(refuse(format!("give stream {id} the age of another stream")));
    }
    let params = (
        unit.ns,
        age,
        id.as_bytes(),
        &record.worker_type,
        &record.user_id,
        record.reserved,
        record.be_mult,
        record.paused,
        record.deleted,
    );
    unit.exec(sql::streams::insert, params)?;
    unit.exec(sql::namespaces::reserve_ages, (unit.ns, age, -1))?;
    unit.forget_stream(&id);
    Ok(())
}

/// The number of the job, if it is new.
fn job(unit: &mut Unit<'_>, record: &JobRecord) -> Outcome<Option<i64>> {
    if unit.find_job(&record.job_id)?.is_some() {
        return Ok(None);
    }
    let age = number(record.age)?;
    if unit.load_job(age)? {
        return Err(refuse(format!("give job {} the age of another job", record.job_id)));
    }
    trash::clear(unit, age)?;
    let key = record.key.as_ref();
    let row = Job {
        job: age,
        id: record.job_id,
        user_id: record.user_id.clone(),
        state: record.state,
        error: record.error.clone(),
        priority: record.priority,
        key: key.map(|(key, _)| key.clone()),
        key_expires_at: key.and_then(|(_, end)| end.map(|end| end.as_micros())),
        next_task: 0,
        tasks: 0,
        unresolved: 0,
        open: 0,
        hard: 0,
        keep: record.keep,
        name: record.name.clone(),
        labels: Job::store_labels(&record.labels)?,
        created_at: record.created_at.as_micros(),
        started_at: record.started_at.map(|time| time.as_micros()),
        updated_at: record.updated_at.as_micros(),
    };
    row.insert(unit)?;
    unit.exec(sql::namespaces::reserve_ages, (unit.ns, -1, age))?;
    unit.keep(row);
    Ok(Some(age))
}

fn insert(
    unit: &Unit<'_>,
    job: i64,
    age: i64,
    stream: i64,
    waiting_on: i64,
    record: &TaskRecord,
) -> Outcome<()> {
    let claim = record.claim.as_ref();
    let (first, cap, jitter, losses) = row::rules(&record.rules);
    let micros = |time: taskdb_core::Timestamp| time.as_micros();
    let params = rusqlite::params![
        unit.ns,
        job,
        age,
        record.task_id,
        stream,
        record.state.code(),
        waiting_on,
        record.optional,
        record.run_if.code(),
        record.tolerated,
        record.max_retries,
        record.retries,
        record.losses,
        number(record.attempt)?,
        record.timeout_secs,
        f64::from(record.progress),
        record.start_at.map(micros),
        claim.and_then(|claim| claim.lease_micros),
        claim.and_then(|claim| claim.lease_end.map(micros)),
        claim.map(|claim| micros(claim.work_deadline)),
        claim.map(|claim| micros(claim.deadline)),
        claim.map(|claim| *claim.id.as_bytes()),
        claim.map(|claim| &claim.worker_id),
        Closing::None.code(),
        record.error,
        micros(record.created_at),
        record.started_at.map(micros),
        micros(record.updated_at),
        first,
        cap,
        jitter,
        losses,
        record.start_by.map(micros),
    ];
    unit.exec(sql::tasks::import, params).map(drop)
}

fn kept(unit: &Unit<'_>, record: &KeptOutputRecord) -> Outcome<()> {
    let params = (
        unit.ns,
        record.job_id.as_bytes(),
        &record.task_id,
        record.output.as_str(),
        record.expires_at.as_micros(),
    );
    unit.exec(sql::kept_outputs::insert, params).map(drop)
}

fn schedule(unit: &Unit<'_>, record: &ScheduleInfo) -> Outcome<()> {
    let params = (
        unit.ns,
        &record.name,
        record.body.as_str(),
        number(record.revision)?,
        record.next_at.map(|time| time.as_micros()),
        record.fired_at.map(|time| time.as_micros()),
    );
    unit.exec(sql::schedules::import, params).map(drop)
}
