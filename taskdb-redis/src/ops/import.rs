//! `import`: writes records of an export, deriving what is derived.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use taskdb_core::record::{
    EventRecord, JobRecord, KeptOutputRecord, Record, StreamRecord, TaskRecord,
};
use taskdb_core::request::Import;
use taskdb_core::{Result, ScheduleInfo, TaskDbErr, Timestamp};
use uuid::Uuid;

use crate::about;
use crate::args::Args;
use crate::record::{Live, PackedClaim, Task, pack_definition, pack_ruled};
use crate::reply::About;
use crate::scripts;
use crate::shards::{Shard, partly};
use crate::store::RedisStore;

mod bulk;

/// The most jobs, or streams, that a script is asked for at once.
const IDS: usize = 1_000;

pub(crate) async fn run(store: &RedisStore, request: &Import) -> Result<()> {
    let records = &request.records;
    if store.shards.is_one() {
        if let Some(jobs) = taskdb_core::bulk::jobs(records)
            && bulk::write(store.first(), &jobs).await?
        {
            return Ok(());
        }
        let args = records.iter().try_fold(store.args().flag(false), take)?;
        return write(store.first(), args).await;
    }
    let places = places(store, records).await?;
    let known = known_streams(store, records).await?;
    let records: Vec<_> = records.iter().map(|record| as_known(record, &known)).collect();
    // Every shard has checked its part before any of them writes.
    for only_check in [true, false] {
        let part = |shard: Shard<'_>| {
            let mut records = records.iter().zip(&places);
            records.try_fold(shard.args().flag(only_check), |args, (record, place)| {
                part_of(shard.index(), args, record, *place)
            })
        };
        let parts = store.each().map(part).collect::<Result<Vec<_>>>()?;
        let mut written = false;
        for (shard, args) in store.each().zip(parts) {
            let outcome = write(shard, args).await;
            if written && !only_check {
                outcome.map_err(partly)?
            } else {
                outcome?
            }
            written = true;
        }
    }
    Ok(())
}

async fn write(shard: Shard<'_>, args: Args) -> Result<()> {
    shard.run(&scripts::import, args, &About::default()).await.map(drop)
}

/// Where a record belongs.
#[derive(Clone, Copy)]
struct Place {
    /// Its shard; streams go to all.
    shard: usize,
    /// Whether it is of a job that is there already.
    known: bool,
}

async fn places(store: &RedisStore, records: &[Record]) -> Result<Vec<Place>> {
    let job_of = |record: &Record| match record {
        Record::Job(job) => Some(job.job_id),
        Record::Task(task) => Some(task.job_id),
        Record::KeptOutput(kept) => Some(kept.job_id),
        Record::Event(EventRecord { event, .. }) => Some(event.job_id),
        _ => None,
    };
    let jobs: BTreeSet<_> = records.iter().filter_map(job_of).collect();
    let mut places = HashMap::new();
    for jobs in jobs.into_iter().collect::<Vec<_>>().chunks(IDS) {
        let found = store.find_jobs(jobs).await?;
        let found = jobs.iter().zip(found);
        places.extend(
            found.filter_map(|(job, shard)| Some((*job, Place { shard: shard?, known: true }))),
        );
    }
    let new = |shard| Place { shard, known: false };
    for record in records {
        if let Record::Job(job) = record {
            let key = job.key.as_ref().map(|(key, _)| key.as_str());
            let place = store.shards.of_new_job(&job.job_id, &job.user_id, key);
            let place = places.entry(job.job_id).or_insert(new(place));
            store.shards.found(job.job_id, place.shard);
        }
    }
    let place = |job: Uuid| {
        places.get(&job).copied().unwrap_or_else(|| new(store.shards.of_new_job(&job, "", None)))
    };
    let place_of = |record: &Record| match record {
        Record::Schedule(schedule) => new(store.shards.of_name(&schedule.name)),
        _ => job_of(record).map_or(new(0), place),
    };
    Ok(records.iter().map(place_of).collect())
}

/// A stream that is there: its number, and whether it is deleted.
type Known = (u64, bool);

/// Which of these streams a shard has.
async fn known_in(shard: Shard<'_>, ids: &[Uuid]) -> Result<Vec<Option<Known>>> {
    let args = ids.iter().fold(shard.args(), Args::value);
    let mut reply = shard.run(&scripts::find_numbers, args, &About::default()).await?;
    let mut known = Vec::new();
    for _ in ids {
        let (number, deleted) = (reply.parse_or_empty()?, reply.flag()?);
        known.push(number.map(|number| (number, deleted)));
    }
    Ok(known)
}

/// The streams of records that some shard has. A shard forgets a deleted one with the last task
/// that names it, and others may have such tasks still.
async fn known_streams(store: &RedisStore, records: &[Record]) -> Result<HashMap<Uuid, Known>> {
    let ids = records.iter().filter_map(|record| match record {
        Record::Stream(stream) => Some(stream.stream_id),
        _ => None,
    });
    let (ids, mut known) = (ids.collect::<Vec<_>>(), HashMap::new());
    for ids in ids.chunks(IDS) {
        for found in store.ask_all(|shard| Box::pin(known_in(shard, ids))).await? {
            for (id, found) in ids.iter().zip(found) {
                let Some((number, deleted)) = found else { continue };
                // Deleted here, and live at its home: its deletion is under way.
                let before = known.entry(*id).or_insert((number, deleted));
                if before.1 && !deleted {
                    *before = (number, deleted);
                }
            }
        }
    }
    Ok(known)
}

/// What is there stays: shards that lack a stream get it as the others have it.
fn as_known<'a>(record: &'a Record, known: &HashMap<Uuid, Known>) -> Cow<'a, Record> {
    let Record::Stream(stream) = record else { return Cow::Borrowed(record) };
    let Some(&(age, deleted)) = known.get(&stream.stream_id) else { return Cow::Borrowed(record) };
    Cow::Owned(Record::Stream(StreamRecord { age, deleted, ..stream.clone() }))
}

/// What a shard has to know of a record: all of it, or that its number is taken.
fn part_of(shard: usize, args: Args, record: &Record, place: Place) -> Result<Args> {
    match record {
        Record::Stream(_) => take(args, record),
        _ if shard == place.shard => take(args, record),
        Record::Job(job) => Ok(args.bytes("n").value(job.job_id).value(job.age).flag(place.known)),
        _ => Ok(args),
    }
}

fn take(args: Args, record: &Record) -> Result<Args> {
    match record {
        Record::Stream(record) => Ok(stream(args.bytes("s"), record)),
        Record::Job(record) => Ok(job(args.bytes("j"), record)),
        Record::Task(record) => task(args.bytes("t"), record),
        Record::KeptOutput(record) => Ok(kept(args.bytes("k"), record)),
        Record::Schedule(record) => Ok(schedule(args.bytes("c"), record)),
        Record::Event(record) => Ok(event(args.bytes("e"), record)),
        _ => Err(refuse("are of a kind that this release does not know")),
    }
}

fn refuse(reason: impl Into<String>) -> TaskDbErr {
    TaskDbErr::invalid("records", reason)
}

fn stream(args: Args, record: &StreamRecord) -> Args {
    args.value(record.stream_id)
        .value(record.age)
        .bytes(record.worker_type.as_str())
        .bytes(record.user_id.as_str())
        .value(record.reserved)
        .exact(record.be_mult)
        .flag(record.paused)
        .flag(record.deleted)
}

fn job(args: Args, record: &JobRecord) -> Args {
    let key = record.key.as_ref();
    let micros = |time: Timestamp| time.as_micros();
    args.value(record.job_id)
        .value(record.age)
        .bytes(record.user_id.as_str())
        .value(record.state.code())
        .value(record.priority.code())
        .maybe(record.error.as_ref())
        .flag(record.error.is_some())
        .maybe(key.map(|(key, _)| key))
        .maybe(key.and_then(|(_, end)| end.map(micros)))
        .value(record.created_at.as_micros())
        .maybe(record.started_at.map(micros))
        .value(record.updated_at.as_micros())
        .flag(record.keep)
        .bytes(about::write(record.name.as_deref(), &record.labels))
}

fn task(args: Args, record: &TaskRecord) -> Result<Args> {
    let output = record.output.as_ref();
    let beyond = |_| refuse(format!("have task `{}` beyond what a job can hold", record.task_id));
    let age = u32::try_from(record.age).map_err(beyond)?;
    u32::try_from(record.attempt).map_err(beyond)?;
    Ok(args
        .value(record.job_id)
        .value(age)
        .value(record.stream_id)
        .bytes(packed(record, 0).pack(0, 0))
        .bytes(pack_definition(&record.prerequisites, &record.definition))
        .bytes(output.map_or("", |output| output.as_str()))
        .flag(output.is_some())
        .bytes(pack_ruled(&record.rules, record.start_by)))
}

/// A task that waits for so many others.
fn packed(record: &TaskRecord, waiting_on: u32) -> Task {
    let claim = record.claim.as_ref();
    Task {
        name: record.task_id.clone(),
        state: record.state,
        waiting_on,
        optional: record.optional,
        run_if: record.run_if,
        tolerated: record.tolerated,
        max_retries: record.max_retries,
        retries: record.retries,
        losses: record.losses,
        attempt: record.attempt,
        timeout_secs: record.timeout_secs,
        progress: record.progress,
        created_at: record.created_at,
        updated_at: record.updated_at,
        started_at: record.started_at,
        start_at: record.start_at,
        claim: claim.map(|claim| PackedClaim { id: claim.id, worker_id: claim.worker_id.clone() }),
        live: claim.map(|claim| Live {
            lease: claim.lease_micros,
            lease_end: claim.lease_end,
            work_deadline: claim.work_deadline,
            deadline: claim.deadline,
        }),
        error: record.error.clone(),
    }
}

fn kept(args: Args, record: &KeptOutputRecord) -> Args {
    args.value(record.job_id)
        .bytes(record.task_id.as_str())
        .bytes(record.output.as_str())
        .value(record.expires_at.as_micros())
}

fn schedule(args: Args, record: &ScheduleInfo) -> Args {
    args.bytes(record.name.as_str())
        .bytes(record.body.as_str())
        .value(record.revision)
        .maybe(record.next_at.map(Timestamp::as_micros))
        .maybe(record.fired_at.map(Timestamp::as_micros))
}

fn event(args: Args, EventRecord { event, number }: &EventRecord) -> Args {
    args.value(number)
        .value(event.at.as_micros())
        .bytes(event.kind.name())
        .value(event.job_id)
        .maybe(event.task_id.as_ref())
        .maybe(event.attempt)
        .maybe(event.worker_id.as_ref())
        .flag(event.detail.is_some())
        .maybe(event.detail.as_ref())
}
