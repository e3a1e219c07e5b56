//! `list_workers`: the workers that live, by name.

use taskdb_core::request::ListWorkers;
use taskdb_core::{Result, Timestamp, WorkerInfo};

use crate::record;
use crate::reply::Reply;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &ListWorkers) -> Result<Vec<WorkerInfo>> {
    let after = request.after.as_deref().unwrap_or("");
    let workers = store.ask_all(|shard| {
        Box::pin(super::pages(shard, &scripts::list_workers, after, None, request.limit, read))
    });
    Ok(super::by_name(workers.await?, request.limit, |worker| &worker.worker_id))
}

fn read(mut reply: Reply) -> Result<WorkerInfo> {
    Ok(WorkerInfo {
        worker_id: reply.text()?,
        about: record::stored_json(reply.bytes()?)?,
        seen_at: Timestamp::from_micros(reply.parse()?),
        expires_at: Timestamp::from_micros(reply.parse()?),
    })
}
