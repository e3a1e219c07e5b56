//! The Postgres store of TaskDB: one schema a namespace, one function a verb.
//!
//! # Layout
//!
//! * [`Config`], [`Tls`]: which server, which namespace; `address`: the URL it is named by.
//! * `conn/`: calls on the pool that no dropped caller can cut short, and that are sent
//!   again where that is right.
//! * `migrate`: the layout of a namespace and its functions, made at connect where missing.
//! * `store`: the seam as a table of contents; `ops/`: one file a verb.
//! * `session`: what every verb needs; `combine`: calls that wait for the same lock.
//! * `sql`: the statements of `queries/` and functions of `functions/` by name.
//! * `args`, `reply`, `row`: what goes in and out; `wake`: hints of new work.
//! * [`layout`], [`grants`]: the same as text, for those who run it themselves.
//! * [`legacy`]: databases of the layout before this one, as a source of records.
//! * `within`: calls inside of a transaction of the caller.
//! * `error`: what became of a statement that failed.

mod address;
mod admin;
mod args;
mod combine;
mod config;
mod conn;
mod error;
mod lanes;
pub mod legacy;
mod migrate;
mod ops;
mod reply;
mod row;
mod session;
mod sql;
mod store;
mod tls;
mod wake;
mod within;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

pub use admin::{grants, layout};
pub use config::Config;
pub use sqlx;
pub use taskdb_core::{Result, TaskDb, TaskDbErr};
pub use tls::Tls;

use session::Session;

/// A [`TaskDb`] on Postgres, opened by URL or on a pool that is there.
///
/// It is a [`TaskDb`] with every call; this name is for programs that settle for
/// one backend, and can then make calls [inside of their own
/// transactions](Self::within).
#[derive(Clone, Debug)]
pub struct PostgresTaskDB {
    db: TaskDb,
    session: Arc<Session>,
}

impl PostgresTaskDB {
    /// Opens a server; see [`Config::from_url`] for the URL and [`Config::open`] for more
    /// to say.
    ///
    /// # Errors
    ///
    /// `Config` for a URL or a server that cannot be used, `Unavailable` when no server
    /// answers, `Format` when a newer release has written the namespace.
    pub async fn new(url: &str) -> Result<Self> {
        Config::from_url(url)?.open().await
    }

    /// Uses the connections of a pool, in the namespace `taskdb`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub async fn from_pool(pool: sqlx::PgPool) -> Result<Self> {
        Config::from_pool(pool).open().await
    }

    /// Makes calls inside of the caller's transaction: they count when it is committed,
    /// and never happened when it is rolled back. With it, and not before, waiting
    /// workers hear of new work.
    ///
    /// `work` gets a handle for this transaction alone; all its calls are made on the
    /// connection, one after the other. The connection must be to the same database, and
    /// its transaction `READ COMMITTED`, as is the default. Without a transaction each
    /// call is one.
    ///
    /// A refusal, such as `NotFound`, leaves the transaction as it was. After `Unavailable`,
    /// `Unknown`, `StoreFull`, `Backend` or `Corrupt` it can only be rolled back. Locks are
    /// held until its end: keep it short, go through several jobs in one order
    /// everywhere, and claim and import elsewhere.
    ///
    /// ```no_run
    /// # use taskdb_postgres::{PostgresTaskDB, Result, sqlx::PgPool};
    /// # async fn order(db: &PostgresTaskDB, pool: &PgPool, stream: &uuid::Uuid)
    /// #     -> Result<(), Box<dyn std::error::Error>> {
    /// use taskdb_postgres::sqlx;
    ///
    /// let mut tx = pool.begin().await?;
    /// let sql = "INSERT INTO orders (id) VALUES (7)";
    /// sqlx::query(sql).execute(&mut *tx).await?;
    /// let definition = serde_json::json!({"order": 7});
    /// let job = db
    ///     .within(&mut tx, async |jobs| {
    ///         jobs.create_job(stream, &definition, 3, 300, "alice").await
    ///     })
    ///     .await?;
    /// tx.commit().await?;
    /// # let _ = job;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `work`; `Config` for a connection that cannot be used.
    pub async fn within<T>(
        &self,
        conn: &mut sqlx::PgConnection,
        work: impl AsyncFnOnce(TaskDb) -> Result<T>,
    ) -> Result<T> {
        within::run(&self.session, self.db.worker_id(), conn, work).await
    }

    /// The handle, for code that works with any backend.
    pub fn into_inner(self) -> TaskDb {
        self.db
    }
}

impl Deref for PostgresTaskDB {
    type Target = TaskDb;

    fn deref(&self) -> &TaskDb {
        &self.db
    }
}

impl DerefMut for PostgresTaskDB {
    fn deref_mut(&mut self) -> &mut TaskDb {
        &mut self.db
    }
}
