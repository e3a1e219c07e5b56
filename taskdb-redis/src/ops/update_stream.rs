//! `update_stream`: changes reservation, weight or pause.

use taskdb_core::Result;
use taskdb_core::request::UpdateStream;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &UpdateStream) -> Result<()> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = store.args().value(request.stream_id).maybe(request.reserved);
    let args = args
        .maybe(request.be_mult.map(|weight| format!("{weight:?}")))
        .maybe(request.paused.map(u8::from));
    store.run(&scripts::update_stream, args, &about).await.map(drop)
}
