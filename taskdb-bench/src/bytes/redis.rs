//! The memory of the keys of a namespace on Redis. What the server as a whole uses would
//! have the buffers of connections in it, which come and go as they please.

use async_trait::async_trait;

use super::StoreBytes;
use crate::error::Result;
use crate::place::{Place, Space};

/// What a key takes in the table of all keys, which the server does not count as the
/// key's: a pointer, in a table that is half full at least.
const PLACE: u64 = 16;

pub(super) struct Memory;

#[async_trait(?Send)]
impl StoreBytes for Memory {
    async fn bytes(&self, place: &dyn Place, space: &Space) -> Result<Option<u64>> {
        let (Some(server), Some(keys)) = (place.server(), &space.keys) else { return Ok(None) };
        let (count, bytes) = server.memory(keys)?;
        Ok(Some(bytes + count * PLACE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test]
    async fn a_server_grows_with_what_is_written() {
        let place = place::open("redis-private").await.unwrap().remove(0).1;
        let space = place.fresh().await.unwrap();
        let before = Memory.bytes(&*place, &space).await.unwrap().unwrap();
        for user in 0..500 {
            space.db.create_stream("cpu", 0, 1.0, &user.to_string()).await.unwrap();
        }
        let after = Memory.bytes(&*place, &space).await.unwrap().unwrap();
        // At least its ids, and less than a page.
        let each = after.saturating_sub(before) / 500;
        assert!((100..4_096).contains(&each), "{before} {after}");
    }
}
