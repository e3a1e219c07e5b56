//! `request_work`: claims the tasks that are next.

use taskdb_core::request::{ClaimedTask, RequestWork, Work};
use taskdb_core::{Claim, Prerequisite, Priority, Result, TaskDbErr, Timestamp};
use uuid::Uuid;

use crate::args::micros;
use crate::error::corrupt;
use crate::record::{self, Task};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &RequestWork) -> Result<Work> {
    match store.shards.is_one() {
        true => at(store.first(), request, &request.claim_ids).await,
        false => in_turn(store, request).await,
    }
}

/// Asks shard after shard, from that of the first claim id on, until every claim id has a
/// task: none is overlooked, whichever shard it is in. Those that had no work a moment ago
/// are asked last.
///
/// A claim id that may have a task already is looked for in all shards before another
/// could give it a second one. What is not seen is a request for the same id that is still
/// on its way; the task it may yet claim is lost to its deadline.
///
/// A shard that cannot be reached holds nobody up who finds work in another.
async fn in_turn(store: &RedisStore, request: &RequestWork) -> Result<Work> {
    let (mut work, mut wanted) = (Work::default(), request.claim_ids.clone());
    if request.may_repeat {
        for (shard, held) in held_in(store, &wanted).await?.into_iter().enumerate() {
            if !held.is_empty() {
                let found = at(store.shard(shard), request, &held).await?;
                take(&mut work, &mut wanted, found);
            }
        }
    }
    let worker_type = request.worker_type.as_str();
    let order = wanted.first().map(|id| store.shards.in_turn(worker_type, id));
    let mut unreached = None;
    for index in order.unwrap_or_default() {
        if wanted.is_empty() {
            break;
        }
        store.shards.ask(worker_type, index);
        let answer = at(store.shard(index), request, &wanted).await;
        if answer.is_err() {
            store.shards.had_work(worker_type, index, true);
        }
        match answer {
            Ok(found) => {
                take(&mut work, &mut wanted, found);
                store.shards.had_work(worker_type, index, wanted.is_empty());
            }
            Err(TaskDbErr::Unavailable(failure)) => unreached = Some(failure),
            Err(error) if work.tasks.is_empty() => return Err(error),
            // What was claimed so far must not be lost with the error.
            Err(_) => break,
        }
    }
    match unreached {
        Some(failure) if work.tasks.is_empty() => Err(TaskDbErr::Unavailable(failure)),
        _ => Ok(work),
    }
}

/// Adds the answer of a shard to that of the call.
fn take(work: &mut Work, wanted: &mut Vec<Uuid>, found: Work) {
    wanted.retain(|id| found.tasks.iter().all(|task| task.claim.id != *id));
    work.tasks.extend(found.tasks);
    work.next_start = match (work.next_start, found.next_start) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}

/// Which of these claim ids each shard has a task for.
async fn held_in(store: &RedisStore, ids: &[Uuid]) -> Result<Vec<Vec<Uuid>>> {
    store.ask_all(|shard| Box::pin(held(shard, ids))).await
}

async fn held(shard: Shard<'_>, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let args = ids.iter().fold(shard.args(), |args, id| args.bytes(*id.as_bytes()));
    let mut reply = shard.run(&scripts::live_claims, args, &About::default()).await?;
    let mut held = Vec::new();
    for id in ids {
        if reply.flag()? {
            held.push(*id);
        }
    }
    Ok(held)
}

async fn at(shard: Shard<'_>, request: &RequestWork, claim_ids: &[Uuid]) -> Result<Work> {
    let args = shard
        .args()
        .bytes(request.worker_type.as_str())
        .bytes(request.worker_id.as_str())
        .maybe(request.lease.map(micros));
    let args = claim_ids.iter().fold(args, |args, id| args.bytes(*id.as_bytes()));
    let mut reply = match request.inputs {
        None => shard.run(&scripts::request_work, args, &About::default()).await?,
        Some(most) => {
            let script = &scripts::request_work_with_inputs;
            shard.run(script, args.value(most), &About::default()).await?
        }
    };
    let next = reply.parse_or_empty()?.map(Timestamp::from_micros);
    let now = Timestamp::from_micros(reply.parse()?);
    let mut tasks = Vec::new();
    while !reply.is_empty() {
        let task = claimed(reply.list()?, request.inputs)?;
        shard.store().shards.found(task.claim.job_id, shard.index());
        tasks.push(task);
    }
    Ok(Work { tasks, next_start: next.map(|time| time.since(now)) })
}

/// A task, with inputs where it was asked for so much of them.
fn claimed(mut reply: Reply, most: Option<u64>) -> Result<ClaimedTask> {
    let id = Uuid::from_slice(&reply.bytes()?).map_err(|_| corrupt("a claim id is no id"))?;
    let job_id = reply.parse()?;
    let priority = Priority::from_code(reply.parse()?).ok_or_else(|| corrupt("no such class"))?;
    let stream_id = reply.parse()?;
    let task = Task::parse(&reply.bytes()?)?;
    let (prerequisites, definition) = record::parse_definition(&reply.bytes()?)?;
    let live = task.live.ok_or_else(|| corrupt("a claimed task has no deadline"))?;
    // What cannot be read must not cost the claim, nor those beside it: who then asks for the
    // inputs alone is told.
    let inputs = match most {
        Some(most) => inputs(reply.list()?, most).unwrap_or_default(),
        None => None,
    };
    Ok(ClaimedTask {
        claim: Claim { job_id, task_id: task.name, id, attempt: task.attempt },
        stream_id,
        definition,
        prerequisites,
        max_retries: task.max_retries,
        retries: task.retries,
        timeout_secs: task.timeout_secs,
        priority,
        deadline: live.deadline,
        inputs,
    })
}

/// What comes with a task where it was asked for; an empty list where it is too large. The script
/// leaves out what is sure to be, and here each byte counts.
fn inputs(mut reply: Reply, most: u64) -> Result<Option<Vec<Prerequisite>>> {
    if reply.is_empty() {
        return Ok(None);
    }
    let job = reply.job_state()?;
    let rows = std::iter::from_fn(|| (!reply.is_empty()).then(|| reply.list()));
    ClaimedTask::bounded(most, rows.map(|row| super::get_prerequisites::read(row?, job)))
}
