//! What tells the answer of a call from that of another: a number of the call that comes back
//! in each of its rows.
//!
//! On a connection answers are told apart by their order alone. Were one there twice, each
//! later call would be handed that of the call before it.

use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgRow};

use crate::args::Args;
use crate::error::Fault;

/// The number of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp(i64);

impl Stamp {
    /// One that no other call of this process has.
    pub(crate) fn new() -> Self {
        static CALLS: AtomicI64 = AtomicI64::new(0);
        Self(CALLS.fetch_add(1, Ordering::Relaxed))
    }

    /// Arguments with this stamp behind them.
    pub(crate) fn behind(self, args: Args) -> PgArguments {
        args.add(self.0).into_inner()
    }

    /// The rows of an answer, if it bears this stamp.
    pub(crate) fn open(self, mut rows: Vec<PgRow>) -> Result<Vec<PgRow>, Fault> {
        // What belongs to another statement need not have any further column.
        let is_own = |row: &PgRow| row.try_get::<i64, _>(0).is_ok_and(|stamp| stamp == self.0);
        if rows.is_empty() || !rows.iter().all(is_own) {
            return Err(Fault::out_of_step());
        }
        // A read that finds nothing answers with a row that says so.
        rows.retain(|row| !matches!(row.try_get::<Option<bool>, _>("found"), Ok(None)));
        Ok(rows)
    }
}
