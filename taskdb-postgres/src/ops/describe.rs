//! `describe`: tells what the store is.

use taskdb_core::Result;
use taskdb_core::store::{Gate, StoreInfo};

use crate::args::Args;
use crate::error::corrupt;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session) -> Result<StoreInfo> {
    let args = Args::default().add(session.now());
    let rows = session.read(Statement::describe, args).await?;
    let row = rows.first().ok_or_else(|| corrupt("the namespace does not say what it is"))?;
    let whole = |column: &str| {
        let number: i32 = get(row, column)?;
        u32::try_from(number).map_err(|_| corrupt(format!("`{column}` is {number}")))
    };
    let mark: Option<Vec<u8>> = get(row, "mark")?;
    let gate: i16 = get(row, "gate")?;
    let gate = u8::try_from(gate).ok().and_then(Gate::from_code);
    Ok(StoreInfo {
        backend: "postgres",
        version: get(row, "version")?,
        format: whole("format")?,
        min_reader: whole("min_reader")?,
        gate: gate.ok_or_else(|| corrupt("the gate is unknown"))?,
        mark: mark.map(|mark| String::from_utf8_lossy(&mark).into_owned()),
        now: row::time(row, "now")?,
    })
}
