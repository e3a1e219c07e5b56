//! `export`: pages of everything a namespace holds.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use taskdb_core::record::{
    Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamDerived, StreamRecord,
    TaskDerived, TaskRecord,
};
use taskdb_core::request::{Export, Part};
use taskdb_core::{CanonicalJson, Result, TaskDbErr, TaskState};
use uuid::Uuid;

use crate::args::Args;
use crate::row::{self, Job, Stream, Task, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &Export) -> Result<Page> {
    let place = match &request.cursor {
        None => Place::first(&request.part),
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))?,
    };
    let limit = request.limit.clamp(1, 10_000);
    let mut reading = Reading { session, request, limit, records: Vec::new(), bytes: 0 };
    let mut place = Some(place);
    while let Some(at) = place.take_if(|_| !reading.is_full()) {
        place = reading.step(at).await?;
    }
    let next = place.map(|place| Cursor(place.to_string()));
    Ok(Page { records: reading.records, next })
}

/// Where an export stands. A job that has begun goes on after one of its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Streams {
        after: i64,
    },
    Job {
        from: i64,
        after: Option<i32>,
    },
    /// The index of one of the jobs that were asked for.
    Named {
        index: usize,
        after: Option<i32>,
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
        let text = |after: &Option<i32>| after.map_or_else(String::new, |task| task.to_string());
        match self {
            Self::Streams { after } => write!(f, "s{after}"),
            Self::Job { from, after } => write!(f, "j{from}/{}", text(after)),
            Self::Named { index, after } => write!(f, "n{index}/{}", text(after)),
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
        let task = |text: &str| (!text.is_empty()).then(|| text.parse()).transpose().ok();
        match text.as_bytes()[0] {
            b's' => Some(Self::Streams { after: rest.parse().ok()? }),
            b'j' => {
                let (from, after) = rest.split_once('/')?;
                Some(Self::Job { from: from.parse().ok()?, after: task(after)? })
            }
            b'n' => {
                let (index, after) = rest.split_once('/')?;
                Some(Self::Named { index: index.parse().ok()?, after: task(after)? })
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
    session: &'r Session,
    request: &'r Export,
    limit: usize,
    records: Vec<Record>,
    /// Of definitions and outputs.
    bytes: usize,
}

impl Reading<'_> {
    fn is_full(&self) -> bool {
        self.records.len() >= self.limit || self.bytes >= Export::PAGE_BYTES
    }

    fn left(&self) -> usize {
        self.limit - self.records.len()
    }

    /// Reads what lies at a place, and tells where to go on.
    async fn step(&mut self, place: Place) -> Result<Option<Place>> {
        match place {
            Place::Streams { after } => self.streams(after).await,
            Place::Job { from, after } => {
                let jobs = self.jobs(from).await?;
                // A job that was deleted half way has no more tasks; the next one begins.
                let after =
                    after.filter(|_| jobs.first().is_some_and(|job| signed(job.job) == from));
                match self.tasks(jobs, after).await? {
                    None => Ok(Some(Place::Kept { job_id: Uuid::nil(), name: String::new() })),
                    Some((job, Some(after))) => {
                        Ok(Some(Place::Job { from: signed(job), after: Some(after) }))
                    }
                    Some((job, None)) => {
                        Ok(Some(Place::Job { from: signed(job) + 1, after: None }))
                    }
                }
            }
            Place::Named { index, after } => self.named(index, after).await,
            Place::Kept { job_id, name } => self.kept(&job_id, &name).await,
            Place::Schedules { after } => self.schedules(&after).await,
        }
    }

    async fn streams(&mut self, after: i64) -> Result<Option<Place>> {
        let none = None::<&str>;
        let args = Args::default().add(after).add(count(self.left()));
        let args = args.add(None::<Uuid>).add(none).add(none).add(true);
        let rows = self.session.read(Statement::list_streams, args).await?;
        let next = match rows.last() {
            Some(last) => Place::Streams { after: get(last, "stream")? },
            None if self.request.part == Part::Streams => return Ok(None),
            None => Place::Job { from: 0, after: None },
        };
        for row in &rows {
            let record = stream(Stream::read(row)?, self.request.derived);
            self.records.push(Record::Stream(record));
        }
        Ok(Some(next))
    }

    /// Jobs by age, as many as there is room for with their tasks, but at least one.
    async fn jobs(&self, from: i64) -> Result<Vec<Job>> {
        let args = Args::default().add(from).add(count(self.left()));
        let rows = self.session.read(Statement::export_jobs, args).await?;
        let (mut room, mut jobs) = (self.left(), Vec::new());
        for row in &rows {
            let job = Job::read(row)?;
            if !fits(&job, &mut room) && !jobs.is_empty() {
                break;
            }
            jobs.push(job);
        }
        Ok(jobs)
    }

    async fn named(&mut self, index: usize, after: Option<i32>) -> Result<Option<Place>> {
        let named = self.request.part.jobs();
        // One that goes on comes alone.
        let most = if after.is_some() { 1 } else { self.left() };
        let ids: Vec<Uuid> = named.iter().skip(index).take(most).copied().collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let rows = self.session.read(Statement::export_named, Args::default().add(ids.clone()));
        let found = rows.await?.iter().map(Job::read).collect::<Result<Vec<_>>>()?;
        let mut found: HashMap<Uuid, Job> = found.into_iter().map(|job| (job.id, job)).collect();
        let after = after.filter(|_| found.contains_key(&ids[0]));
        let (mut room, mut jobs, mut places) = (self.left(), Vec::new(), HashMap::new());
        let mut next = index;
        for id in ids {
            if let Some(job) = found.remove(&id) {
                if !fits(&job, &mut room) && !jobs.is_empty() {
                    break;
                }
                places.insert(job.job, next);
                jobs.push(job);
            }
            next += 1;
        }
        Ok(Some(match self.tasks(jobs, after).await? {
            Some((job, after @ Some(_))) => Place::Named { index: places[&job], after },
            _ => Place::Named { index: next, after: None },
        }))
    }

    /// Adds jobs and their tasks, the first one from a task on; the last job of which
    /// something was added, and the task to go on after when there may be more of it.
    async fn tasks(
        &mut self,
        jobs: Vec<Job>,
        after: Option<i32>,
    ) -> Result<Option<(u64, Option<i32>)>> {
        let Some(last) = jobs.last().map(|job| job.job) else { return Ok(None) };
        // One that goes on comes alone, for the others begin with their first task.
        let alone = after.is_some();
        let numbers: Vec<i64> = jobs.iter().map(|job| signed(job.job)).collect();
        let numbers = numbers[..if alone { 1 } else { numbers.len() }].to_vec();
        let (limit, room) = (self.left(), Export::PAGE_BYTES - self.bytes);
        let args = Args::default().add(numbers).add(after.unwrap_or(-1)).add(count(limit));
        let args = args.add(self.request.derived).add(count(room));
        let rows = self.session.read(Statement::export_tasks, args).await?;
        let mut rows = rows.iter().peekable();
        let (mut read, mut place) = (0, (last, None));
        for job in jobs {
            let (number, id) = (job.job, job.id);
            if !alone {
                self.records.push(Record::Job(job_record(job, self.request.derived)));
            }
            while let Some(row) =
                rows.next_if(|row| get::<i64>(row, "job").is_ok_and(|job| job == signed(number)))
            {
                let record = task(row, id, self.request.derived)?;
                self.bytes += record.definition.bytes();
                self.bytes += record.output.as_ref().map_or(0, CanonicalJson::bytes);
                (read, place) = (read + 1, (number, i32::try_from(record.age).ok()));
                self.records.push(Record::Task(Box::new(record)));
            }
            let cut = rows.peek().is_none() && (read >= limit || self.bytes >= Export::PAGE_BYTES);
            if alone || cut {
                return Ok(Some(if cut { place } else { (number, None) }));
            }
        }
        Ok(Some((last, None)))
    }

    async fn kept(&mut self, job_id: &Uuid, name: &str) -> Result<Option<Place>> {
        // Outputs of the greatest size must not come by the thousand.
        let limit = count(self.left().min(KEPT));
        let args = Args::default().add(*job_id).add(name).add(limit).add(self.session.now());
        let rows = self.session.read(Statement::export_kept, args).await?;
        let mut next = Place::Schedules { after: String::new() };
        for row in &rows {
            let record = KeptOutputRecord {
                job_id: get(row, "job_id")?,
                task_id: get(row, "name")?,
                output: row::json(row, "body")?,
                expires_at: row::time(row, "expires_at")?,
            };
            self.bytes += record.output.bytes();
            next = Place::Kept { job_id: record.job_id, name: record.task_id.clone() };
            self.records.push(Record::KeptOutput(record));
        }
        Ok(Some(next))
    }

    async fn schedules(&mut self, after: &str) -> Result<Option<Place>> {
        let limit = count(self.left());
        let page = super::list_schedules::page(self.session, after, limit, false).await?;
        let next = page.last().map(|last| Place::Schedules { after: last.name.clone() });
        self.records.extend(page.into_iter().map(Record::Schedule));
        Ok(next)
    }
}

/// The most kept outputs that are read at once.
const KEPT: usize = 32;

/// Whether there is room for a job with its tasks; takes the room up.
fn fits(job: &Job, room: &mut usize) -> bool {
    let size = usize::try_from(job.tasks).unwrap_or(usize::MAX).saturating_add(1);
    let fits = size <= *room;
    *room = room.saturating_sub(size);
    fits
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn stream(Stream { info, deleted }: Stream, derived: bool) -> StreamRecord {
    StreamRecord {
        derived: derived.then(|| StreamDerived {
            pending: signed(info.pending),
            ready: info.ready.map(signed),
            running: signed(info.running),
            // The column that the index is made of follows from these counts.
            scheduled: info.ready.map(|ready| ready > 0 && !info.paused),
        }),
        stream_id: info.stream_id,
        age: info.age,
        worker_type: info.worker_type,
        user_id: info.user_id,
        reserved: info.reserved,
        be_mult: info.be_mult,
        paused: info.paused,
        deleted,
    }
}

fn job_record(job: Job, derived: bool) -> JobRecord {
    JobRecord {
        job_id: job.id,
        age: job.job,
        user_id: job.user_id,
        state: job.state,
        error: job.error,
        priority: job.priority,
        key: job.key.map(|key| (key, job.key_expires_at)),
        name: job.name,
        labels: job.labels,
        keep: job.keep,
        created_at: job.created_at,
        started_at: job.started_at,
        updated_at: job.updated_at,
        derived: derived.then(|| JobDerived {
            tasks: signed(job.tasks),
            unresolved: signed(job.unresolved),
            open: signed(job.open),
            releasing: job.releasing,
        }),
    }
}

fn task(row: &PgRow, job_id: Uuid, derived: bool) -> Result<TaskRecord> {
    let task = Task::read(row)?;
    let claim = task.claim().filter(|_| task.state == TaskState::Running);
    let derived = derived.then(|| task_derived(row, &task)).transpose()?;
    Ok(TaskRecord {
        job_id,
        age: task.task,
        stream_id: task.stream_id,
        state: task.state,
        claim,
        task_id: task.name,
        definition: task.definition,
        prerequisites: task.prerequisites,
        optional: task.optional,
        run_if: task.run_if,
        tolerated: task.tolerated,
        max_retries: task.max_retries,
        retries: task.retries,
        losses: task.losses,
        attempt: task.attempt,
        timeout_secs: task.timeout_secs,
        rules: task.rules,
        progress: task.progress,
        output: row::maybe_json(row, "output")?,
        error: task.error,
        start_at: task.start_at,
        start_by: task.start_by,
        created_at: task.created_at,
        started_at: task.started_at,
        updated_at: task.updated_at,
        derived,
    })
}

fn task_derived(row: &PgRow, task: &Task) -> Result<TaskDerived> {
    let dependants: Vec<i64> = get(row, "dependants")?;
    Ok(TaskDerived {
        waiting_on: task.waiting_on.into(),
        indexed_ready: get(row, "indexed")?,
        claimed: task.state == TaskState::Running && task.deadline.is_some(),
        dependants: dependants.into_iter().map(|age| u64::try_from(age).unwrap_or(0)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        let kept = Place::Kept { job_id: Uuid::max(), name: "a/b".to_owned() };
        for place in [
            Place::Streams { after: 3 },
            Place::Job { from: 1, after: None },
            Place::Job { from: 2, after: Some(0) },
            Place::Named { index: 0, after: None },
            Place::Named { index: 7, after: Some(9) },
            kept,
            Place::Schedules { after: "c/d".to_owned() },
        ] {
            assert_eq!(Place::parse(&place.to_string()), Some(place));
        }
        for text in ["", "x1", "j1", "s", "k-", "n/", "j1/x"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
