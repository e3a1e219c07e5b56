//! `describe`: tells what the store is.

use std::time::Duration;

use sqlx::postgres::PgRow;
use taskdb_core::request::Describe;
use taskdb_core::store::{Gate, StoreInfo, StoreSize};
use taskdb_core::{EventLevel, EventPolicy, Result};

use crate::args::Args;
use crate::error::corrupt;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &Describe) -> Result<StoreInfo> {
    let args = Args::default().add(session.now()).add(request.size);
    let rows = session.read(Statement::describe, args).await?;
    let row = rows.first().ok_or_else(|| corrupt("the namespace does not say what it is"))?;
    let whole = |column: &str| {
        let number: i32 = get(row, column)?;
        u32::try_from(number).map_err(|_| corrupt(format!("`{column}` is {number}")))
    };
    let mark: Option<Vec<u8>> = get(row, "mark")?;
    Ok(StoreInfo {
        backend: "postgres",
        version: get(row, "version")?,
        format: whole("format")?,
        min_reader: whole("min_reader")?,
        gate: row::coded(row, "gate", Gate::from_code)?,
        mark: mark.map(|mark| String::from_utf8_lossy(&mark).into_owned()),
        events: policy(row)?,
        now: row::time(row, "now")?,
        size: StoreSize { bytes: size(row)?, limit: None },
    })
}

/// Bytes of all tables, where they were asked for.
fn size(row: &PgRow) -> Result<Option<u64>> {
    match get::<Option<i64>>(row, "bytes")? {
        Some(_) => row::count(row, "bytes").map(Some),
        None => Ok(None),
    }
}

/// What the event log takes.
fn policy(row: &PgRow) -> Result<EventPolicy> {
    Ok(EventPolicy {
        level: row::coded(row, "event_level", EventLevel::from_code)?,
        max_age: Duration::from_micros(row::count(row, "event_age")?),
        max_count: row::count(row, "event_count")?,
    })
}
