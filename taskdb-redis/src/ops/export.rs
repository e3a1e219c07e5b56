//! `export`: pages of everything a namespace holds.

use taskdb_core::record::{
    ClaimRecord, Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamDerived,
    StreamRecord, TaskDerived, TaskRecord,
};
use taskdb_core::request::Export;
use taskdb_core::{JobState, Result, TaskDbErr, Timestamp};
use uuid::Uuid;

use super::{list_schedules, list_streams};
use crate::error::corrupt;
use crate::record::{self, Header, Task};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &Export) -> Result<Page> {
    let mut place = match &request.cursor {
        None => Place::Streams { from: 0 },
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))?,
    };
    let mut records = Vec::new();
    let limit = request.limit.clamp(1, 10_000);
    while records.len() < limit {
        let left = STEP.min(limit - records.len());
        let (found, next) = step(store, &place, left, request.derived).await?;
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
    Streams {
        from: u64,
    },
    /// In this shard the first job from this number on, from this age on.
    Job {
        shard: usize,
        number: u64,
        age: u64,
    },
    Kept {
        shard: usize,
        passed: u64,
    },
    /// In this shard the first schedule behind this name.
    Schedules {
        shard: usize,
        after: String,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Streams { from } => write!(f, "s{from}"),
            Self::Job { shard, number, age } => write!(f, "j{shard}/{number}/{age}"),
            Self::Kept { shard, passed } => write!(f, "k{shard}/{passed}"),
            Self::Schedules { shard, after } => write!(f, "c{shard}/{after}"),
        }
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.get(1..)?;
        match text.as_bytes()[0] {
            b's' => Some(Self::Streams { from: rest.parse().ok()? }),
            b'j' => {
                let (shard, rest) = rest.split_once('/')?;
                let (number, age) = rest.split_once('/')?;
                let (shard, number) = (shard.parse().ok()?, number.parse().ok()?);
                Some(Self::Job { shard, number, age: age.parse().ok()? })
            }
            b'k' => {
                let (shard, passed) = rest.split_once('/')?;
                Some(Self::Kept { shard: shard.parse().ok()?, passed: passed.parse().ok()? })
            }
            b'c' => {
                let (shard, after) = rest.split_once('/')?;
                Some(Self::Schedules { shard: shard.parse().ok()?, after: after.to_owned() })
            }
            _ => None,
        }
    }
}

/// The most rows that one step asks for; a script cannot answer with some 8000.
const STEP: usize = 1_000;

type Step = (Vec<Record>, Option<Place>);

/// Reads what lies at a place, and tells where to go on.
async fn step(store: &RedisStore, place: &Place, limit: usize, derived: bool) -> Result<Step> {
    let more = |shard: usize| shard + 1 < store.shards.len();
    match *place {
        Place::Streams { from } => {
            let (streams, next) = list_streams::page(store, from, None).await?;
            let next = match next {
                Some(from) => Place::Streams { from },
                None => Place::Job { shard: 0, number: 0, age: 0 },
            };
            let records =
                streams.into_iter().map(|s| Record::Stream(stream_record(s, derived))).collect();
            Ok((records, Some(next)))
        }
        Place::Job { shard, number, age } => {
            let (records, next) =
                jobs(place_in(store, shard)?, number, age, limit, derived).await?;
            let after = match more(shard) {
                true => Place::Job { shard: shard + 1, number: 0, age: 0 },
                false => Place::Kept { shard: 0, passed: 0 },
            };
            let next = next.map(|(number, age)| Place::Job { shard, number, age });
            Ok((records, Some(next.unwrap_or(after))))
        }
        Place::Kept { shard, passed } => {
            let (records, passed) = kept(place_in(store, shard)?, passed, limit).await?;
            let after = match more(shard) {
                true => Place::Kept { shard: shard + 1, passed: 0 },
                false => Place::Schedules { shard: 0, after: String::new() },
            };
            let next = passed.map_or(after, |passed| Place::Kept { shard, passed });
            Ok((records, Some(next)))
        }
        Place::Schedules { shard, ref after } => {
            let found = list_schedules::page(place_in(store, shard)?, after, false, limit).await?;
            let last = found.last().map(|last| (shard, last.name.clone()));
            let next = last.or_else(|| more(shard).then(|| (shard + 1, String::new())));
            let next = next.map(|(shard, after)| Place::Schedules { shard, after });
            Ok((found.into_iter().map(Record::Schedule).collect(), next))
        }
    }
}

/// The shard of a cursor.
fn place_in(store: &RedisStore, shard: usize) -> Result<Shard<'_>> {
    let known = (shard < store.shards.len()).then(|| store.shard(shard));
    known.ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))
}

fn stream_record(stream: list_streams::Stream, derived: bool) -> StreamRecord {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    StreamRecord {
        derived: derived.then(|| StreamDerived {
            pending: signed(stream.total(0)),
            ready: stream.counts.map(|counts| signed(counts[1])),
            running: signed(stream.total(2)),
            scheduled: stream.listed,
        }),
        stream_id: stream.id,
        age: stream.number,
        worker_type: stream.worker_type,
        user_id: stream.user_id,
        reserved: stream.reserved,
        be_mult: stream.be_mult,
        paused: stream.paused,
        deleted: stream.deleted,
    }
}

/// A job with some of its tasks.
pub(super) struct JobPage {
    pub(super) record: JobRecord,
    pub(super) tasks: Vec<TaskRecord>,
    /// The age to go on with.
    pub(super) next: Option<u64>,
}

/// Reads the first job from a number on, with some of its tasks.
pub(super) async fn job_page(
    shard: Shard<'_>,
    number: u64,
    age: u64,
    limit: usize,
    derived: bool,
) -> Result<Option<JobPage>> {
    let args = shard.args().value(number).value(age).value(limit).flag(derived);
    let mut reply = shard.run(&scripts::export, args, &About::default()).await?;
    if reply.is_empty() {
        return Ok(None);
    }
    let (record, next) = job_record(reply.list()?, derived)?;
    let mut tasks = Vec::new();
    // Another job than the one the cursor was in: its ages begin anew.
    if record.age != number && age > 0 {
        return Ok(Some(JobPage { record, tasks, next: Some(0) }));
    }
    while !reply.is_empty() {
        tasks.push(task_record(reply.list()?, record.job_id, derived)?);
    }
    Ok(Some(JobPage { record, tasks, next }))
}

/// Records from a place of a shard on, and number and age of where to go on in it.
async fn jobs(
    shard: Shard<'_>,
    number: u64,
    age: u64,
    limit: usize,
    derived: bool,
) -> Result<(Vec<Record>, Option<(u64, u64)>)> {
    let Some(page) = job_page(shard, number, age, limit, derived).await? else {
        return Ok((Vec::new(), None));
    };
    let found = page.record.age;
    // A job that was deleted half way has no more tasks; the next one begins.
    if found != number && age > 0 {
        return Ok((Vec::new(), Some((found, 0))));
    }
    let next = match page.next {
        Some(age) => (found, age),
        None => (found + 1, 0),
    };
    let head = (age == 0).then_some(Record::Job(page.record));
    let tasks = page.tasks.into_iter().map(|task| Record::Task(Box::new(task)));
    Ok((head.into_iter().chain(tasks).collect(), Some(next)))
}

fn job_record(mut reply: Reply, derived: bool) -> Result<(JobRecord, Option<u64>)> {
    let (job_id, header) = (reply.parse()?, Header::parse(&reply.bytes()?)?);
    let error = reply.bytes_or_nil()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let key = reply.bytes_or_nil()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let end = reply.parse_or_empty::<i64>()?;
    let (releasing, next, keep) = (reply.flag()?, reply.parse_or_empty()?, reply.flag()?);
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let key = key.and_then(|field| field.split_once('\0').map(|(_, key)| key.to_owned()));
    let record = JobRecord {
        job_id,
        age: header.number,
        user_id: header.user_id,
        state: header.state,
        error,
        priority: header.priority,
        key: key.map(|key| (key, end.and_then(record::present).map(Timestamp::from_micros))),
        keep,
        created_at: header.created_at,
        started_at: header.started_at,
        updated_at: header.updated_at,
        derived: derived.then(|| JobDerived {
            tasks: signed(header.tasks),
            unresolved: signed(header.unresolved),
            open: signed(header.open),
            releasing,
        }),
    };
    Ok((record, next))
}

fn task_record(mut reply: Reply, job_id: Uuid, derived: bool) -> Result<TaskRecord> {
    let (age, task) = (reply.parse()?, Task::parse(&reply.bytes()?)?);
    let (prerequisites, definition) = record::parse_definition(&reply.bytes()?)?;
    let output = reply.bytes_or_nil()?.map(record::stored_json).transpose()?;
    let stream_id = reply.parse()?;
    let derived = derived.then(|| task_derived(&mut reply, &task)).transpose()?;
    Ok(TaskRecord {
        job_id,
        age,
        stream_id,
        claim: claim_record(&task),
        task_id: task.name,
        state: task.state,
        definition,
        prerequisites,
        optional: task.optional,
        run_if: task.run_if,
        tolerated: task.tolerated,
        max_retries: task.max_retries,
        retries: task.retries,
        losses: task.losses,
        attempt: task.attempt,
        timeout_secs: task.timeout_secs,
        progress: task.progress,
        output,
        error: task.error,
        start_at: task.start_at,
        created_at: task.created_at,
        started_at: task.started_at,
        updated_at: task.updated_at,
        derived,
    })
}

fn task_derived(reply: &mut Reply, task: &Task) -> Result<TaskDerived> {
    Ok(TaskDerived {
        waiting_on: task.waiting_on.into(),
        dependants: record::parse_ages(&reply.bytes()?),
        indexed_ready: reply.flag()?,
        claimed: reply.flag()?,
    })
}

fn claim_record(task: &Task) -> Option<ClaimRecord> {
    let (claim, live) = (task.claim.as_ref()?, task.live?);
    Some(ClaimRecord {
        id: claim.id,
        worker_id: claim.worker_id.clone(),
        lease_micros: live.lease,
        lease_end: live.lease_end,
        work_deadline: live.work_deadline,
        deadline: live.deadline,
    })
}

async fn kept(shard: Shard<'_>, passed: u64, limit: usize) -> Result<(Vec<Record>, Option<u64>)> {
    let args = shard.args().value(passed).value(limit);
    let mut reply = shard.run(&scripts::export_kept, args, &About::default()).await?;
    let looked_at: u64 = reply.parse()?;
    let mut records = Vec::new();
    while !reply.is_empty() {
        let mut row = reply.list()?;
        let field = row.text()?;
        let (job_id, task_id) =
            field.split_once('/').ok_or_else(|| corrupt("a kept output has no name"))?;
        records.push(Record::KeptOutput(KeptOutputRecord {
            job_id: job_id.parse().map_err(|_| corrupt("a kept output has no job"))?,
            task_id: task_id.to_owned(),
            expires_at: Timestamp::from_micros(row.parse()?),
            output: record::stored_json(row.bytes()?)?,
        }));
    }
    Ok((records, (looked_at > 0).then_some(passed + looked_at)))
}

/// Whether tasks of such a job can be stuck.
pub(super) fn runs(record: &JobRecord) -> bool {
    record.state == JobState::Running
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        for place in [
            Place::Streams { from: 3 },
            Place::Job { shard: 4, number: 1, age: 7 },
            Place::Kept { shard: 5, passed: 2 },
            Place::Schedules { shard: 1, after: "a/b".into() },
        ] {
            assert_eq!(Place::parse(&place.to_string()), Some(place.clone()));
        }
        for text in ["", "x1", "j1", "j1/2", "k1", "s-1"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
