//! `delete_stream`: removes a stream none of whose tasks can still change.

use taskdb_core::Result;
use taskdb_core::request::DeleteStream;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &DeleteStream) -> Result<()> {
    if store.shards.is_one() {
        return at(store.first(), request, String::new()).await.map(drop);
    }
    let delete = |shard, version| Box::pin(at(shard, request, version)) as _;
    store.delete_stream_everywhere(request.stream_id, delete).await
}

/// Deletes it in one shard; `version` is that of its home, where there are others. `false`
/// when it has changed since.
async fn at(shard: Shard<'_>, request: &DeleteStream, version: String) -> Result<bool> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = shard.args().value(request.stream_id).bytes(version);
    shard.run(&scripts::delete_stream, args, &about).await?.flag()
}
