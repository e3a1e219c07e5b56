//! `delete_schedule`: removes a schedule.

use taskdb_core::Result;
use taskdb_core::request::DeleteSchedule;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &DeleteSchedule) -> Result<()> {
    let shard = store.shard(store.shards.of_name(&request.name));
    let args = shard.args().bytes(request.name.as_str());
    shard.run(&scripts::delete_schedule, args, &About::default()).await.map(drop)
}
