//! Counted work: small fixed pieces of it, and what a backend spends on each, counted and not
//! timed, against a table that stands beside its tests.
//!
//! A table is text that people read in a change. A figure that has grown fails the test, which
//! says by how much and how the table is renewed; so does one that has shrunk by much, lest
//! what was gained be lost again unseen. Not for comparing backends with each other: each
//! counts what costs it something.

mod begin;
mod calls;
mod table;

use async_trait::async_trait;
use taskdb_core::TaskDb;

use self::begin::Begin;
pub use self::begin::Scene;
pub use self::table::{Column, Table};

/// How a backend counts.
#[async_trait(?Send)]
pub trait Gauge {
    /// What is counted, in the order of the numbers.
    fn columns(&self) -> &'static [Column];

    /// A handle on an empty namespace.
    async fn fresh(&mut self) -> TaskDb;

    /// Begins to count; the handle is the one to work with from now on.
    async fn begin(&mut self, db: TaskDb) -> TaskDb;

    /// What was spent since, a number for each column.
    async fn end(&mut self, db: TaskDb) -> Vec<u64>;
}

/// A piece of work.
struct Piece {
    name: &'static str,
    begin: Begin,
    calls: calls::Calls,
}

/// Does every piece of work in a namespace of its own, and counts.
///
/// What is spent where nothing is done, as on connecting, is a row of its own and in no other.
pub async fn count(gauge: &mut impl Gauge) -> Table {
    let columns = gauge.columns();
    let idle = of_piece(gauge, &calls::NOTHING).await;
    let mut rows = vec![(calls::NOTHING.name.to_owned(), idle.clone())];
    for piece in calls::ALL {
        let mut spent = of_piece(gauge, piece).await;
        spent.iter_mut().zip(&idle).for_each(|(spent, idle)| *spent = spent.saturating_sub(*idle));
        rows.push((piece.name.to_owned(), spent));
    }
    Table::new(columns, rows)
}

async fn of_piece(gauge: &mut impl Gauge, piece: &Piece) -> Vec<u64> {
    let db = gauge.fresh().await;
    let scene = piece.begin.set(&db).await;
    let db = gauge.begin(db).await;
    (piece.calls)(&db, &scene).await;
    gauge.end(db).await
}
