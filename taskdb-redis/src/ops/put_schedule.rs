//! `put_schedule`: writes a schedule under its name.

use taskdb_core::request::PutSchedule;
use taskdb_core::{Result, Timestamp};

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &PutSchedule) -> Result<()> {
    let shard = store.shard(store.shards.of_name(&request.name));
    let args = shard
        .args()
        .bytes(request.name.as_str())
        .bytes(request.body.as_str())
        .maybe(request.next_at.map(Timestamp::as_micros));
    shard.run(&scripts::put_schedule, args, &About::default()).await.map(drop)
}
