//! The store against private servers, where its inside is looked at as well.

mod bent;
mod claims;
mod cluster;
mod format;
mod full;
mod gaps;
mod inputs;
mod look_ins;
mod mending;
mod mending_mix;
mod packed;
mod replay;
mod restored;
mod rights;
mod round_trips;
mod rules;
mod shards;
mod single;
mod stalls;
mod streams;
mod ways;
mod work;

use taskdb_core::TaskDb;

use crate::config::Config;
use crate::conn::Conn;
use crate::store::RedisStore;

/// A store and the connection below it.
pub(crate) async fn opened(config: Config) -> (TaskDb, Conn) {
    let store = RedisStore::open(config).await.unwrap();
    let conn = store.conn.clone();
    (TaskDb::new(store), conn)
}
