//! `heartbeat_worker`: notes that a worker lives.

use taskdb_core::Result;
use taskdb_core::request::HeartbeatWorker;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &HeartbeatWorker) -> Result<()> {
    let shard = store.shard(store.shards.of_name(&request.worker_id));
    let args = shard
        .args()
        .bytes(request.worker_id.as_str())
        .bytes(request.about.as_str())
        .duration(request.ttl);
    shard.run(&scripts::heartbeat_worker, args, &About::default()).await.map(drop)
}
