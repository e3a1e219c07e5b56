//! `create_job`: makes a job and its task `init`.

use taskdb_core::request::{CreateJob, TaskSpec};
use taskdb_core::{INIT_TASK, Result, RunIf};
use uuid::Uuid;

use crate::about;
use crate::args::Args;
use crate::reply::About;
use crate::scripts;
use crate::shards::{Shard, with_streams};
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &CreateJob) -> Result<Uuid> {
    let key = request.key.as_ref().map(|key| key.key.as_str());
    let shard = store.shards.of_new_job(&request.job_id, &request.user_id, key);
    let shard = store.shard(shard);
    let id = with_streams(shard, || Box::pin(at(shard, request))).await?;
    store.shards.found(id, shard.index());
    Ok(id)
}

async fn at(shard: Shard<'_>, request: &CreateJob) -> Result<Uuid> {
    let args = args(shard, shard.args(), request);
    shard.run(&scripts::create_job, args, &about(request)).await?.parse()
}

/// What the making of a job is about.
pub(super) fn about(request: &CreateJob) -> About<'_> {
    About {
        job_id: request.job_id,
        stream_id: request.stream_id,
        key: request.key.as_ref().map_or("", |key| &key.key),
        ..About::default()
    }
}

/// Adds the values of a job that is made in this shard.
pub(super) fn args(shard: Shard<'_>, args: Args, request: &CreateJob) -> Args {
    let key = request.key.as_ref();
    args.value(request.job_id)
        .bytes(request.user_id.as_str())
        .value(request.priority.code())
        .bytes(key.map_or("", |key| &key.key))
        .maybe(key.and_then(|key| key.lifetime).map(crate::args::micros))
        .spec(&init(request))
        .numbering(shard.store().shards.len(), shard.index())
        .bytes(about::write(request.name.as_deref(), &request.labels))
}

fn init(request: &CreateJob) -> TaskSpec {
    TaskSpec {
        task_id: INIT_TASK.to_owned(),
        stream_id: request.stream_id,
        definition: request.definition.clone(),
        prerequisites: Vec::new(),
        max_retries: request.max_retries,
        timeout_secs: request.timeout_secs,
        optional: false,
        run_if: RunIf::AllDone,
        start: request.start,
        expires_in: request.expires_in,
        rules: request.rules,
    }
}
