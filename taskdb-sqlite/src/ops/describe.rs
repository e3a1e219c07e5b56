//! `describe`: tells what the store is.

use taskdb_core::Timestamp;
use taskdb_core::store::{StoreInfo, StoreSize};

use crate::error::Outcome;
use crate::migrate;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>) -> Outcome<StoreInfo> {
    let bytes = unit.one(sql::connection::size, [], |row| row.get(0))?;
    Ok(StoreInfo {
        backend: "sqlite",
        version: rusqlite::version().to_owned(),
        format: migrate::FORMAT,
        min_reader: migrate::MIN_READER,
        gate: unit.gate()?,
        mark: unit.mark()?,
        events: unit.log()?.policy,
        now: Timestamp::from_micros(unit.now),
        size: StoreSize { bytes, limit: None },
    })
}
