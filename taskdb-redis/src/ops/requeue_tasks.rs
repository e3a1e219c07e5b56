//! `requeue_tasks`: takes expired claims away, in steps.

use taskdb_core::Result;
use taskdb_core::request::RequeueTasks;

use super::STEP;
use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::{Shard, partly};
use crate::store::RedisStore;

/// The shards take turns at being the first, so that none is left out by a small limit.
pub(crate) async fn run(store: &RedisStore, request: &RequeueTasks) -> Result<u64> {
    let (mut taken, first) = (0, store.shards.turn());
    for shard in 0..store.shards.len() {
        let shard = store.shard((first + shard) % store.shards.len());
        let more = at(shard, request.limit - taken).await;
        taken += if taken == 0 { more? } else { more.map_err(partly)? };
        if taken == request.limit {
            break;
        }
    }
    Ok(taken)
}

async fn at(shard: Shard<'_>, limit: u64) -> Result<u64> {
    let mut taken = 0;
    loop {
        let step = STEP.min(limit - taken);
        let args = shard.args().value(step);
        let script = &scripts::requeue_tasks;
        let mut reply = shard.run_as(Kind::Once, script, args, &About::default()).await?;
        taken += reply.parse::<u64>()?;
        let (seen, more_events): (u64, bool) = (reply.parse()?, reply.flag()?);
        if (seen < step || taken == limit) && !more_events {
            return Ok(taken);
        }
    }
}
