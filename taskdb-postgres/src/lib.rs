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
//! * `error`: what became of a statement that failed.

mod address;
mod args;
mod combine;
mod config;
mod conn;
mod error;
mod lanes;
mod migrate;
mod ops;
mod reply;
mod row;
mod session;
mod sql;
mod store;
mod tls;
mod wake;

use std::ops::{Deref, DerefMut};

pub use config::Config;
pub use sqlx;
pub use taskdb_core::{Result, TaskDb, TaskDbErr};
pub use tls::Tls;

/// A [`TaskDb`] on Postgres, opened by URL or on a pool that is there.
///
/// It is a [`TaskDb`] with every call; this name is for programs that settle for
/// one backend.
#[derive(Clone, Debug)]
pub struct PostgresTaskDB(TaskDb);

impl PostgresTaskDB {
    /// Opens a server; see [`Config::from_url`] for the URL.
    ///
    /// # Errors
    ///
    /// `Config` for a URL or a server that cannot be used, `Unavailable` when no server
    /// answers, `Format` when a newer release has written the namespace.
    pub async fn new(url: &str) -> Result<Self> {
        Ok(Self(Config::from_url(url)?.connect().await?))
    }

    /// Uses the connections of a pool, in the namespace `taskdb`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub async fn from_pool(pool: sqlx::PgPool) -> Result<Self> {
        Ok(Self(Config::from_pool(pool).connect().await?))
    }

    /// The handle, for code that works with any backend.
    pub fn into_inner(self) -> TaskDb {
        self.0
    }
}

impl Deref for PostgresTaskDB {
    type Target = TaskDb;

    fn deref(&self) -> &TaskDb {
        &self.0
    }
}

impl DerefMut for PostgresTaskDB {
    fn deref_mut(&mut self) -> &mut TaskDb {
        &mut self.0
    }
}
