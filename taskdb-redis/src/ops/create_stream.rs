//! `create_stream`: makes a stream, or finds the oldest one.

use taskdb_core::Result;
use taskdb_core::request::CreateStream;
use uuid::Uuid;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &CreateStream) -> Result<Uuid> {
    let about = About { stream_id: request.stream_id, ..About::default() };
    let args = store
        .args()
        .value(request.stream_id)
        .bytes(request.worker_type.as_str())
        .bytes(request.user_id.as_str())
        .value(request.reserved)
        .exact(request.be_mult)
        .flag(request.or_existing);
    store.run(&scripts::create_stream, args, &about).await?.parse()
}
