//! The limits of SQLite: a bare connection with the settings of the backend. SQLite
//! has one writer, so more callers do not raise them.

use std::time::Instant;

use async_trait::async_trait;
use rusqlite::Connection;
use tempfile::NamedTempFile;

use super::Limit;
use crate::error::{Error, Result};
use crate::measure::{Pace, Work};
use crate::place::Place;

const CREATE: &str = include_str!("../../queries/bare/create.sql");
const INSERT: &str = include_str!("../../queries/bare/insert.sql");
const UPDATE: &str = include_str!("../../queries/bare/update.sql");

/// Commits between two looks at the time.
const COMMITS: usize = 50;
/// Rows of a transaction, as many as a batch may have.
const ROWS: usize = 1_000;

/// One-row commits, one after the other.
pub(super) struct Commits;

/// Inserts of rows, a thousand a transaction.
pub(super) struct Inserts;

#[async_trait(?Send)]
impl Limit for Commits {
    fn name(&self) -> &'static str {
        "one-row commits"
    }

    async fn measure(&self, place: &dyn Place, _callers: usize, pace: Pace) -> Result<f64> {
        bare(place, pace, |conn| {
            for _ in 0..COMMITS {
                conn.prepare_cached(UPDATE)?.execute([])?;
            }
            Ok(COMMITS)
        })
        .await
    }
}

#[async_trait(?Send)]
impl Limit for Inserts {
    fn name(&self) -> &'static str {
        "bulk inserts"
    }

    async fn measure(&self, place: &dyn Place, _callers: usize, pace: Pace) -> Result<f64> {
        bare(place, pace, |conn| {
            let payload = "x".repeat(100);
            let transaction = conn.unchecked_transaction()?;
            for _ in 0..ROWS {
                conn.prepare_cached(INSERT)?.execute([&payload])?;
            }
            transaction.commit()?;
            Ok(ROWS)
        })
        .await
    }
}

/// Repeats `work` on a new file, or in memory where the place has no files; returns
/// its units a second.
async fn bare(
    place: &dyn Place,
    pace: Pace,
    work: impl Fn(&Connection) -> rusqlite::Result<usize> + Send + 'static,
) -> Result<f64> {
    let file = match place.folder() {
        Some(folder) => Some(NamedTempFile::new_in(folder).map_err(Error::at(folder))?),
        None => None,
    };
    // Closed when nobody waits for the rate any more.
    let (caller, _waiting) = tokio::sync::oneshot::channel::<()>();
    let run = move || -> Result<f64> {
        let conn = open(file.as_ref())?;
        let (start, mut units) = (Instant::now(), 0);
        loop {
            units += work(&conn)?;
            if start.elapsed() >= pace.at_least || caller.is_closed() {
                return Ok(Work::since(start, units).rate());
            }
        }
    };
    let ended = tokio::task::spawn_blocking(run).await;
    ended.map_err(|panic| Error::Unsound(panic.to_string()))?
}

fn open(file: Option<&NamedTempFile>) -> rusqlite::Result<Connection> {
    let conn = match file {
        Some(file) => Connection::open(file.path())?,
        None => Connection::open_in_memory()?,
    };
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "cache_size", -65_536)?;
    conn.execute(CREATE, [])?;
    conn.execute(INSERT, ["x"])?;
    Ok(conn)
}
