//! `delete_stream`: removes a stream none of whose tasks can still change.

use taskdb_core::Result;
use taskdb_core::request::DeleteStream;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &DeleteStream) -> Result<()> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = store.args().value(request.stream_id);
    store.run(&scripts::delete_stream, args, &about).await.map(drop)
}
