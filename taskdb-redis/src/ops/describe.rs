//! `describe`: tells what the store is.

use taskdb_core::store::{Gate, StoreInfo};
use taskdb_core::{Result, Timestamp};

use crate::error::corrupt;
use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore) -> Result<StoreInfo> {
    let mut reply = store.run(&scripts::describe, store.args(), &About::default()).await?;
    let (format, min_reader) = (reply.parse()?, reply.parse()?);
    let gate = Gate::from_code(reply.parse()?).ok_or_else(|| corrupt("the gate is unknown"))?;
    let now = Timestamp::from_micros(reply.parse()?);
    let version = store.conn.version().to_owned();
    Ok(StoreInfo { backend: "redis", version, format, min_reader, gate, now })
}
