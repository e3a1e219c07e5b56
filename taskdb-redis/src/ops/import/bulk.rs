//! Whole jobs of an import at once: the fields of their hashes as they will lie there.

use std::collections::{BTreeSet, HashMap};

use taskdb_core::Result;
use taskdb_core::bulk::{BulkJob, BulkTask};
use taskdb_core::state::TaskState;
use uuid::Uuid;

use super::{job, known_in, packed};
use crate::args::Args;
use crate::record::{pack_definition, pack_ruled};
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

/// Dependants in a field, as in `lua/lib/job.lua`.
const CHUNK: usize = 128;

/// Writes jobs that are not there yet; `false` when more has to be asked, with nothing
/// written.
pub(super) async fn write(shard: Shard<'_>, jobs: &[BulkJob<'_>]) -> Result<bool> {
    let Some(numbers) = numbers(shard, jobs).await? else { return Ok(false) };
    let args = shard.args().value(numbers.len());
    let args = numbers.iter().fold(args, |args, (id, number)| args.value(id).value(number));
    let args = jobs.iter().fold(args, |args, job| whole(args, job, &numbers));
    shard.run(&scripts::import_bulk, args, &About::default()).await?.flag()
}

/// The numbers of the streams of some jobs, if all are there.
async fn numbers(shard: Shard<'_>, jobs: &[BulkJob<'_>]) -> Result<Option<HashMap<Uuid, u64>>> {
    let ids: BTreeSet<Uuid> = jobs.iter().flat_map(|job| job.lanes.keys()).copied().collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let known = known_in(shard, &ids).await?;
    Ok(ids.iter().zip(known).map(|(id, known)| Some((*id, known?.0))).collect())
}

fn whole(args: Args, bulk: &BulkJob<'_>, numbers: &HashMap<Uuid, u64>) -> Args {
    let mut fields = Vec::new();
    bulk.tasks.iter().for_each(|task| put_fields(&mut fields, task, numbers));
    let args = job(args, bulk.record).value(bulk.next_age).bytes(failures(bulk));
    let mut args = args.value(bulk.lanes.len()).value(fields.len());
    for (stream, states) in &bulk.lanes {
        let counts: Vec<u8> = states.iter().flat_map(|count| count.to_le_bytes()).collect();
        let ready = bulk.tasks.iter().map(|task| task.record);
        let ready = ready.filter(|t| t.stream_id == *stream && t.state == TaskState::Ready);
        let ready: Vec<u8> = ready.flat_map(|task| four(task.age)).collect();
        args = args.value(numbers[stream]).bytes(counts).bytes(ready);
    }
    fields.into_iter().fold(args, |args, (field, value)| args.bytes(field).bytes(value))
}

/// When those ended that count against the job, and their ages, as the members of its list
/// of failures have them.
fn failures(bulk: &BulkJob<'_>) -> Vec<u8> {
    let mut packed = Vec::new();
    for record in bulk.tasks.iter().map(|task| task.record) {
        let ended = matches!(record.state, TaskState::Failed | TaskState::Cancelled);
        if ended && !record.tolerated {
            packed.extend(record.updated_at.as_micros().to_le_bytes());
            packed.extend(u32::try_from(record.age).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    packed
}

fn four(age: u64) -> [u8; 4] {
    u32::try_from(age).unwrap_or(u32::MAX).to_le_bytes()
}

/// The fields of a task.
fn put_fields(
    fields: &mut Vec<(String, Vec<u8>)>,
    task: &BulkTask<'_>,
    numbers: &HashMap<Uuid, u64>,
) {
    let (record, age) = (task.record, task.record.age);
    let number = numbers[&record.stream_id];
    let dependants = u32::try_from(task.dependants.len()).unwrap_or(u32::MAX);
    let place = [&four(age)[..], &number.to_le_bytes()[..6]].concat();
    let definition = pack_definition(&record.prerequisites, &record.definition);
    let entry = packed(record, task.waiting_on).pack(number, dependants);
    fields.push((format!("t{age}"), entry));
    fields.push((format!("d{age}"), definition));
    fields.push((format!("n{}", record.task_id), place));
    if let Some(output) = &record.output {
        fields.push((format!("o{age}"), output.as_str().as_bytes().to_vec()));
    }
    let rules = pack_ruled(&record.rules, record.start_by);
    if !rules.is_empty() {
        fields.push((format!("x{age}"), rules));
    }
    for (chunk, ages) in task.dependants.chunks(CHUNK).enumerate() {
        let ages = ages.iter().flat_map(|age| four(*age)).collect();
        fields.push((format!("p{age}.{chunk}"), ages));
    }
}
