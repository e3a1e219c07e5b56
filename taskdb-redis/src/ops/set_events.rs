//! `set_events`: says what the event log takes and for how long it keeps it.

use taskdb_core::Result;
use taskdb_core::request::SetEvents;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &SetEvents) -> Result<()> {
    let policy = request.policy;
    let args = shard
        .args()
        .value(policy.level.code())
        .value(policy.max_age.as_micros().min(i64::MAX as u128))
        .value(policy.max_count);
    shard.run(&scripts::set_events, args, &About::default()).await.map(drop)
}
