//! `fire_schedule`: moves a schedule from one tick to the next and makes its job.

use taskdb_core::request::FireSchedule;
use taskdb_core::{Result, Timestamp};

use super::create_job;
use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::{Shard, with_streams};
use crate::store::RedisStore;

/// The job is made where the schedule lies, so that both change in one step. Not sent again
/// by itself: a tick that the first sending has fired reads as fired by others.
pub(crate) async fn run(store: &RedisStore, request: &FireSchedule) -> Result<bool> {
    let shard = store.shard(store.shards.of_name(&request.name));
    let fired = with_streams(shard, || Box::pin(at(shard, request))).await?;
    if let Some(job) = request.job.as_ref().filter(|_| fired) {
        store.shards.found(job.job_id, shard.index());
    }
    Ok(fired)
}

async fn at(shard: Shard<'_>, request: &FireSchedule) -> Result<bool> {
    let args = shard
        .args()
        .bytes(request.name.as_str())
        .value(request.revision)
        .value(request.tick.as_micros())
        .maybe(request.next_at.map(Timestamp::as_micros))
        .flag(request.job.is_some());
    let (args, about) = match &request.job {
        Some(job) => (create_job::args(shard, args, job), create_job::about(job)),
        None => (args, About::default()),
    };
    shard.run_as(Kind::Once, &scripts::fire_schedule, args, &about).await?.flag()
}
