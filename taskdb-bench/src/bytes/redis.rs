//! The memory of a Redis server in use, without the buffers of connections. On a server
//! that others use as well, theirs is in it.

use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::StoreBytes;
use crate::error::{Result, ensure};
use crate::place::{Place, Space};
use crate::server::Server;

/// How long a server may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// What two looks may differ by on a server at rest.
const NOISE: u64 = 4_096;
/// What is used on behalf of connections and goes with them.
const BUFFERS: [&str; 3] = ["mem_clients_normal", "mem_clients_slaves", "mem_aof_buffer"];

pub(super) struct Memory;

#[async_trait(?Send)]
impl StoreBytes for Memory {
    async fn bytes(&self, place: &dyn Place, _space: &Space) -> Result<Option<u64>> {
        let Some(server) = place.server() else { return Ok(None) };
        let start = Instant::now();
        let mut last = used(server)?;
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = used(server)?;
            if now.abs_diff(last) <= NOISE {
                return Ok(Some(now));
            }
            last = now;
            ensure(start.elapsed() < PATIENCE, || "the memory of the server never rests".into())?;
        }
    }
}

fn used(server: &Server) -> Result<u64> {
    let memory = server.numbers("memory")?;
    let of = |name: &str| memory.get(name).copied().unwrap_or(0);
    Ok(of("used_memory").saturating_sub(BUFFERS.map(of).iter().sum()))
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
