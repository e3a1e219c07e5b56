//! `describe`: tells what the store is.

use std::time::Duration;

use taskdb_core::store::{Gate, StoreInfo, StoreSize};
use taskdb_core::{EventLevel, EventPolicy, Result, Timestamp};

use crate::error::corrupt;
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore) -> Result<StoreInfo> {
    let shards = store.ask_all(|shard| Box::pin(at(shard))).await?;
    let size = shards.iter().map(|info| info.size).max_by_key(fullness);
    // A gate that was set half way is as narrow as it is anywhere.
    let narrowest = shards.into_iter().max_by_key(|info| info.gate.code());
    let narrowest = narrowest.ok_or_else(|| corrupt("a store has no shard"))?;
    Ok(StoreInfo { size: size.unwrap_or_default(), ..narrowest })
}

/// The fullest server refuses first: the one that has used most of what it may, or where none
/// has a limit, most. That of another shard may be the same.
fn fullness(size: &StoreSize) -> (Option<u128>, Option<u64>) {
    let used = size.bytes.zip(size.limit);
    let parts = used.map(|(bytes, limit)| u128::from(bytes) * 1_000_000 / u128::from(limit.max(1)));
    (parts, size.bytes)
}

async fn at(shard: Shard<'_>) -> Result<StoreInfo> {
    let mut reply = shard.run(&scripts::describe, shard.args(), &About::default()).await?;
    let (format, min_reader) = (reply.parse()?, reply.parse()?);
    let gate = Gate::from_code(reply.parse()?).ok_or_else(|| corrupt("the gate is unknown"))?;
    let now = Timestamp::from_micros(reply.parse()?);
    let mark = reply.bytes_or_nil()?.map(|mark| String::from_utf8_lossy(&mark).into_owned());
    let (level, age, count) = (reply.parse_or_nil()?, reply.parse_or_nil()?, reply.parse_or_nil()?);
    let default = EventPolicy::default();
    let events = EventPolicy {
        level: level.and_then(EventLevel::from_code).unwrap_or(default.level),
        max_age: age.map_or(default.max_age, Duration::from_micros),
        max_count: count.unwrap_or(default.max_count),
    };
    let bytes = reply.parse_or_nil()?;
    let limit = reply.parse_or_nil()?.filter(|limit| *limit > 0);
    let size = StoreSize { bytes, limit };
    let version = shard.conn().version().to_owned();
    Ok(StoreInfo { backend: "redis", version, format, min_reader, gate, mark, events, now, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_that_refuses_first_is_told() {
        let fullest = |sizes: &[(Option<u64>, Option<u64>)]| {
            let sizes = sizes.iter().map(|&(bytes, limit)| StoreSize { bytes, limit });
            sizes.max_by_key(fullness).map(|size| (size.bytes, size.limit))
        };
        let (small, large) = ((Some(9), Some(10)), (Some(500), Some(1_000)));
        let (free, unknown) = ((Some(900), None), (None, None));
        assert_eq!(fullest(&[small, large]), Some(small));
        assert_eq!(fullest(&[large, small, free, unknown]), Some(small));
        assert_eq!(fullest(&[free, (Some(901), None), unknown]), Some((Some(901), None)));
        assert_eq!(fullest(&[unknown]), Some(unknown));
    }
}
