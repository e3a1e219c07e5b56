//! `create_stream`: makes a stream, or finds the oldest one.

use taskdb_core::Result;
use taskdb_core::request::CreateStream;
use uuid::Uuid;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &CreateStream) -> Result<Uuid> {
    let home = store.shard(store.shards.home(&request.user_id, &request.worker_type));
    let id = at(home, request).await?;
    // One that was found is everywhere already, or will be where it is needed.
    if id == request.stream_id && !store.shards.is_one() {
        store.spread_new_stream(home, id).await;
    }
    Ok(id)
}

async fn at(shard: Shard<'_>, request: &CreateStream) -> Result<Uuid> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = shard
        .args()
        .value(request.stream_id)
        .bytes(request.worker_type.as_str())
        .bytes(request.user_id.as_str())
        .value(request.reserved)
        .exact(request.be_mult)
        .flag(request.or_existing)
        .numbering(shard.store().shards.len(), shard.index());
    shard.run(&scripts::create_stream, args, &about).await?.parse()
}
