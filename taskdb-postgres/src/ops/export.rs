//! `export`: pages of everything a namespace holds.

use sqlx::postgres::PgRow;
use taskdb_core::record::{
    Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamDerived, StreamRecord,
    TaskDerived, TaskRecord,
};
use taskdb_core::request::Export;
use taskdb_core::{Result, TaskDbErr, TaskState};
use uuid::Uuid;

use crate::args::Args;
use crate::row::{self, Job, Stream, Task, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &Export) -> Result<Page> {
    let mut place = match &request.cursor {
        None => Place::Streams { after: -1 },
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))?,
    };
    let mut records = Vec::new();
    let limit = request.limit.clamp(1, 10_000);
    while records.len() < limit {
        let left = i64::try_from(limit - records.len()).unwrap_or(1);
        let (found, next) = step(session, &place, left, request.derived).await?;
        records.extend(found);
        match next {
            Some(next) => place = next,
            None => return Ok(Page { records, next: None }),
        }
    }
    Ok(Page { records, next: Some(Cursor(place.to_string())) })
}

/// Where an export stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Streams { after: i64 },
    Job { from: i64 },
    Tasks { job: i64, after: i32 },
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

type Step = (Vec<Record>, Option<Place>);

/// Reads what lies at a place, and tells where to go on.
async fn step(session: &Session, place: &Place, limit: i64, derived: bool) -> Result<Step> {
    match place {
        Place::Streams { after } => streams(session, *after, limit, derived).await,
        Place::Job { from } => {
            let rows = session.read(Statement::export_job, Args::default().add(*from)).await?;
            match rows.first() {
                None => {
                    let (job_id, name) = (Uuid::nil(), String::new());
                    Ok((Vec::new(), Some(Place::Kept { job_id, name })))
                }
                Some(row) => {
                    let next = Place::Tasks { job: get(row, "job")?, after: -1 };
                    Ok((vec![Record::Job(job(Job::read(row)?, derived))], Some(next)))
                }
            }
        }
        Place::Tasks { job, after } => tasks(session, *job, *after, limit, derived).await,
        Place::Kept { job_id, name } => kept(session, job_id, name, limit).await,
        Place::Schedules { after } => schedules(session, after, limit).await,
    }
}

async fn streams(session: &Session, after: i64, limit: i64, derived: bool) -> Result<Step> {
    let none = None::<&str>;
    let args =
        Args::default().add(after).add(limit).add(None::<Uuid>).add(none).add(none).add(true);
    let rows = session.read(Statement::list_streams, args).await?;
    let next = match rows.last() {
        Some(last) => Place::Streams { after: get(last, "stream")? },
        None => Place::Job { from: 0 },
    };
    let read = |row| Ok(Record::Stream(stream(Stream::read(row)?, derived)));
    Ok((rows.iter().map(read).collect::<Result<_>>()?, Some(next)))
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

fn job(job: Job, derived: bool) -> JobRecord {
    JobRecord {
        job_id: job.id,
        age: job.job,
        user_id: job.user_id,
        state: job.state,
        error: job.error,
        priority: job.priority,
        key: job.key.map(|key| (key, job.key_expires_at)),
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

async fn tasks(session: &Session, job: i64, after: i32, limit: i64, derived: bool) -> Result<Step> {
    let args = Args::default().add(job).add(after).add(limit).add(derived);
    let rows = session.read(Statement::export_tasks, args).await?;
    let next = match rows.last() {
        Some(last) => Place::Tasks { job, after: get(last, "task")? },
        None => Place::Job { from: job + 1 },
    };
    let read = |row| Ok(Record::Task(Box::new(task(row, derived)?)));
    Ok((rows.iter().map(read).collect::<Result<_>>()?, Some(next)))
}

fn task(row: &PgRow, derived: bool) -> Result<TaskRecord> {
    let task = Task::read(row)?;
    let claim = task.claim().filter(|_| task.state == TaskState::Running);
    let derived = derived.then(|| task_derived(row, &task)).transpose()?;
    Ok(TaskRecord {
        job_id: get(row, "job_id")?,
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
        progress: task.progress,
        output: row::maybe_json(row, "output")?,
        error: task.error,
        start_at: task.start_at,
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

async fn kept(session: &Session, job_id: &Uuid, name: &str, limit: i64) -> Result<Step> {
    let args = Args::default().add(*job_id).add(name).add(limit).add(session.now());
    let rows = session.read(Statement::export_kept, args).await?;
    let read = |row| {
        Ok(KeptOutputRecord {
            job_id: get(row, "job_id")?,
            task_id: get(row, "name")?,
            output: row::json(row, "body")?,
            expires_at: row::time(row, "expires_at")?,
        })
    };
    let page: Vec<_> = rows.iter().map(read).collect::<Result<_>>()?;
    let next = match page.last() {
        Some(last) => Place::Kept { job_id: last.job_id, name: last.task_id.clone() },
        None => Place::Schedules { after: String::new() },
    };
    Ok((page.into_iter().map(Record::KeptOutput).collect(), Some(next)))
}

async fn schedules(session: &Session, after: &str, limit: i64) -> Result<Step> {
    let page = super::list_schedules::page(session, after, limit, false).await?;
    let next = page.last().map(|last| Place::Schedules { after: last.name.clone() });
    Ok((page.into_iter().map(Record::Schedule).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        let kept = Place::Kept { job_id: Uuid::max(), name: "a/b".to_owned() };
        let tasks = Place::Tasks { job: 2, after: -1 };
        let schedules = Place::Schedules { after: "c/d".to_owned() };
        let (streams, job) = (Place::Streams { after: 3 }, Place::Job { from: 1 });
        for place in [streams, job, tasks, kept, schedules] {
            assert_eq!(Place::parse(&place.to_string()), Some(place));
        }
        for text in ["", "x1", "t1", "s", "k-"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
