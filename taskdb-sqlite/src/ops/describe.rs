//! `describe`: tells what the store is.

use taskdb_core::Timestamp;
use taskdb_core::store::StoreInfo;

use crate::error::Outcome;
use crate::migrate;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>) -> Outcome<StoreInfo> {
    Ok(StoreInfo {
        backend: "sqlite",
        version: rusqlite::version().to_owned(),
        format: migrate::FORMAT,
        min_reader: migrate::MIN_READER,
        gate: unit.gate()?,
        mark: unit.mark()?,
        events: unit.log()?.policy,
        now: Timestamp::from_micros(unit.now),
    })
}
