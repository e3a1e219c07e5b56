//! `update_stream`: changes reservation, weight or pause.

use taskdb_core::Result;
use taskdb_core::request::UpdateStream;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &UpdateStream) -> Result<()> {
    if store.shards.is_one() {
        return at(store.first(), request).await;
    }
    store.change_stream(request.stream_id, |home| Box::pin(at(home, request))).await
}

async fn at(shard: Shard<'_>, request: &UpdateStream) -> Result<()> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = shard.args().value(request.stream_id).maybe(request.reserved);
    let args = args
        .maybe(request.be_mult.map(|weight| format!("{weight:?}")))
        .maybe(request.paused.map(u8::from))
        .flag(!shard.store().shards.is_one());
    shard.run(&scripts::update_stream, args, &about).await.map(drop)
}
