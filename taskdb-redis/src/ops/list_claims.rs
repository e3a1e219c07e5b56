//! `list_claims`: the claims that hold, in the order of their ids.
//!
//! The store has them by the first byte of their ids, and those of a byte in no order: a page
//! costs what it holds and what shares its last byte.

use std::collections::BTreeMap;

use taskdb_core::request::ListClaims;
use taskdb_core::{Claim, ClaimInfo, Result};
use uuid::Uuid;

use crate::error::corrupt;
use crate::record::Task;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &ListClaims) -> Result<Vec<ClaimInfo>> {
    let parts = store.ask_all(|shard| Box::pin(at(shard, request))).await?;
    let merged: BTreeMap<_, _> = parts.into_iter().flatten().collect();
    Ok(merged.into_values().take(request.limit).collect())
}

async fn at(shard: Shard<'_>, request: &ListClaims) -> Result<BTreeMap<Uuid, ClaimInfo>> {
    let low = request.after.as_ref().map_or(0, head);
    let (mut found, mut byte) = (BTreeMap::new(), Some(low >> 40));
    while let Some(first) = byte.filter(|_| found.len() < request.limit) {
        let args = shard
            .args()
            .value(first)
            .value(request.limit - found.len())
            .maybe(request.worker_id.as_ref())
            .maybe(request.worker_type.as_ref())
            .value(low);
        let mut reply = shard.run(&scripts::list_claims, args, &About::default()).await?;
        byte = reply.parse_or_empty()?;
        while !reply.is_empty() {
            let held = read(reply.list()?)?;
            if request.after.is_none_or(|after| held.claim.id > after) {
                found.insert(held.claim.id, held);
            }
        }
    }
    Ok(found)
}

/// The first six bytes of an id, a number that the scripts can compare.
fn head(id: &Uuid) -> u64 {
    (id.as_u128() >> 80) as u64
}

fn read(mut reply: Reply) -> Result<ClaimInfo> {
    let id = Uuid::from_slice(&reply.bytes()?).map_err(|_| corrupt("a claim has no id"))?;
    let (job_id, stream_id, worker_type) = (reply.parse()?, reply.parse()?, reply.text()?);
    let task = Task::parse(&reply.bytes()?)?;
    let (Some(claim), Some(live), Some(started_at)) = (task.claim, task.live, task.started_at)
    else {
        return Err(corrupt("a running task has no claim"));
    };
    Ok(ClaimInfo {
        claim: Claim { job_id, task_id: task.name, id, attempt: task.attempt },
        worker_id: claim.worker_id,
        stream_id,
        worker_type,
        progress: task.progress,
        started_at,
        deadline: live.deadline,
    })
}
