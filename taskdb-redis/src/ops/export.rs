//! `export`: pages of everything a namespace holds.

use taskdb_core::record::{
    ClaimRecord, Cursor, JobDerived, JobRecord, KeptOutputRecord, Page, Record, StreamDerived,
    StreamRecord, TaskDerived, TaskRecord,
};
use taskdb_core::request::{Export, Part};
use taskdb_core::{CanonicalJson, JobState, Result, TaskDbErr, Timestamp};
use uuid::Uuid;

use super::{list_schedules, list_streams};
use crate::about;
use crate::args::Args;
use crate::error::corrupt;
use crate::record::{self, Header, Task};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &Export) -> Result<Page> {
    let mut place = match &request.cursor {
        None => Place::first(&request.part),
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this store"))?,
    };
    let (mut records, mut bytes) = (Vec::new(), 0);
    let limit = request.limit.clamp(1, 10_000);
    while records.len() < limit && bytes < Export::PAGE_BYTES {
        let left = STEP.min(limit - records.len());
        let (found, next) = step(store, request, &place, left).await?;
        bytes += found.iter().map(payload).sum::<usize>();
        records.extend(found);
        match next {
            Some(next) => place = next,
            None => return Ok(Page { records, next: None }),
        }
    }
    Ok(Page { records, next: Some(Cursor(place.to_string())) })
}

fn payload(record: &Record) -> usize {
    match record {
        Record::Task(task) => {
            task.definition.bytes() + task.output.as_ref().map_or(0, CanonicalJson::bytes)
        }
        Record::KeptOutput(kept) => kept.output.bytes(),
        _ => 0,
    }
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
    /// Of the jobs that were asked for, the index of one, from this age on.
    Named {
        index: usize,
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
            Self::Named { index, age } => write!(f, "n{index}/{age}"),
            Self::Kept { shard, passed } => write!(f, "k{shard}/{passed}"),
            Self::Schedules { shard, after } => write!(f, "c{shard}/{after}"),
        }
    }
}

impl Place {
    fn first(part: &Part) -> Self {
        match part {
            Part::Everything | Part::Streams => Self::Streams { from: 0 },
            Part::Jobs(_) => Self::Named { index: 0, age: 0 },
            Part::Rest => Self::Kept { shard: 0, passed: 0 },
        }
    }

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
            b'n' => {
                let (index, age) = rest.split_once('/')?;
                Some(Self::Named { index: index.parse().ok()?, age: age.parse().ok()? })
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

/// The most kept outputs that one step reads; each may be of the greatest size.
const KEPT: usize = 32;

type Step = (Vec<Record>, Option<Place>);

/// Reads what lies at a place, and tells where to go on.
async fn step(store: &RedisStore, request: &Export, place: &Place, limit: usize) -> Result<Step> {
    let derived = request.derived;
    let more = |shard: usize| shard + 1 < store.shards.len();
    match *place {
        Place::Streams { from } => {
            let (streams, next) = list_streams::page(store, from, None).await?;
            let next = match next {
                Some(from) => Some(Place::Streams { from }),
                None if request.part == Part::Streams => None,
                None => Some(Place::Job { shard: 0, number: 0, age: 0 }),
            };
            let records =
                streams.into_iter().map(|s| Record::Stream(stream_record(s, derived))).collect();
            Ok((records, next))
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
        Place::Named { index, age } => {
            let named = request.part.jobs();
            self::named(store, named, (index, age), limit, derived).await
        }
        Place::Kept { shard, passed } => {
            let limit = limit.min(KEPT);
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
    let args = shard.args().value(number).value(age).value(limit).flag(derived).value(1);
    Ok(read(shard, args, derived).await?.into_iter().next().map(|page| begun(page, number, age)))
}

/// Another job than the one the cursor was in begins anew.
fn begun(page: JobPage, number: u64, age: u64) -> JobPage {
    match page.record.age != number && age > 0 {
        true => JobPage { tasks: Vec::new(), next: Some(0), ..page },
        false => page,
    }
}

/// Reads jobs with their tasks; the last may have more.
async fn read(shard: Shard<'_>, args: Args, derived: bool) -> Result<Vec<JobPage>> {
    let mut reply = shard.run(&scripts::export, args, &About::default()).await?;
    let mut pages = Vec::new();
    while !reply.is_empty() {
        let mut job = reply.list()?;
        let (record, next) = job_record(job.list()?, derived)?;
        let mut tasks = Vec::new();
        while !job.is_empty() {
            tasks.push(task_record(job.list()?, record.job_id, derived)?);
        }
        pages.push(JobPage { record, tasks, next });
    }
    Ok(pages)
}

/// The records of jobs, of which the first may have begun in an earlier page.
fn records(pages: Vec<JobPage>, begun: bool) -> Vec<Record> {
    let mut records = Vec::new();
    for (index, page) in pages.into_iter().enumerate() {
        if index > 0 || !begun {
            records.push(Record::Job(page.record));
        }
        records.extend(page.tasks.into_iter().map(|task| Record::Task(Box::new(task))));
    }
    records
}

/// Records from a place of a shard on, and number and age of where to go on in it.
async fn jobs(
    shard: Shard<'_>,
    number: u64,
    age: u64,
    limit: usize,
    derived: bool,
) -> Result<(Vec<Record>, Option<(u64, u64)>)> {
    let args = shard.args().value(number).value(age).value(limit).flag(derived).value(limit);
    let pages = read(shard, args, derived).await?;
    let begun = age > 0 && pages.first().is_some_and(|page| page.record.age == number);
    let next = pages.last().map(|page| match page.next {
        Some(age) => (page.record.age, age),
        None => (page.record.age + 1, 0),
    });
    Ok((records(pages, begun), next))
}

/// Records of jobs that were asked for, from one of them on.
async fn named(
    store: &RedisStore,
    named: &[Uuid],
    (index, age): (usize, u64),
    limit: usize,
    derived: bool,
) -> Result<Step> {
    let ids = named.get(index..).unwrap_or_default();
    let ids = &ids[..ids.len().min(limit)];
    if ids.is_empty() {
        return Ok((Vec::new(), None));
    }
    // Those that lie in the same shard, up to the first that does not.
    let places = if store.shards.is_one() { Vec::new() } else { store.find_jobs(ids).await? };
    let place = places.iter().flatten().next().copied().unwrap_or(0);
    let run = places.iter().take_while(|found| found.is_none_or(|found| found == place)).count();
    let ids = if places.is_empty() { ids } else { &ids[..run] };
    let shard = store.shard(place);
    let args = shard.args().value(0).value(age).value(limit).flag(derived).value(0);
    let args = ids.iter().fold(args, Args::value);
    let pages = read(shard, args, derived).await?;
    let place_of = |job: Uuid| index + ids.iter().position(|id| *id == job).unwrap_or(0);
    let next = match pages.last() {
        None => Place::Named { index: index + ids.len(), age: 0 },
        Some(JobPage { record, next: Some(age), .. }) => {
            Place::Named { index: place_of(record.job_id), age: *age }
        }
        Some(JobPage { record, .. }) => Place::Named { index: place_of(record.job_id) + 1, age: 0 },
    };
    let begun = age > 0 && pages.first().is_some_and(|page| page.record.job_id == ids[0]);
    Ok((records(pages, begun), Some(next)))
}

fn job_record(mut reply: Reply, derived: bool) -> Result<(JobRecord, Option<u64>)> {
    let (job_id, header) = (reply.parse()?, Header::parse(&reply.bytes()?)?);
    let error = reply.bytes_or_nil()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let key = reply.bytes_or_nil()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let end = reply.parse_or_empty::<i64>()?;
    let (releasing, next, keep) = (reply.flag()?, reply.parse_or_empty()?, reply.flag()?);
    let (name, labels) = about::read(reply.bytes_or_nil()?)?;
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
        name,
        labels,
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
    let (rules, start_by) = record::parse_ruled(reply.bytes_or_nil()?.as_deref())?;
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
        rules,
        progress: task.progress,
        output,
        error: task.error,
        start_at: task.start_at,
        start_by,
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
            Place::Named { index: 2, age: 9 },
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
