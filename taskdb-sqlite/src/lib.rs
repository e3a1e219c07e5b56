//! The embedded store of TaskDB: one SQLite file, any number of processes.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! use taskdb_sqlite::SqliteTaskDB;
//! let mut db = SqliteTaskDB::new("memory:").await?;
//! let stream_id = db.create_stream("cpu", 2, 1.0, "user1").await?;
//! let job_id = db.create_job(&stream_id, &serde_json::json!({"n": 7}), 3, 300, "user1").await?;
//! let task = db.request_work("cpu").await?.expect("init is ready");
//! assert_eq!((task.job_id, task.task_id.as_str()), (job_id, "init"));
//! # Ok::<(), taskdb_core::TaskDbErr>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//!
//! * [`Config`]: which file, which namespace.
//! * `store`: the seam as a table of contents; each verb in `ops/`, a file each.
//! * `engine/`: what the verbs share: creating, settling, fencing, closing.
//! * `unit`: the transaction that a group of calls shares, with its counters.
//! * `writer`, `reader`: the threads that own the connections.
//! * `sql`: the statements of `queries/`; `row`: their rows; `migrate`: the format.

mod config;
mod engine;
mod error;
mod migrate;
mod ops;
mod reader;
mod row;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod unit;
mod writer;

use std::ops::{Deref, DerefMut};

pub use config::{Config, Synchronous};
pub use migrate::layout;
pub use taskdb_core::{Result, TaskDb, TaskDbErr};

/// A [`TaskDb`] on SQLite, opened by URL.
///
/// It is a [`TaskDb`] with every call; this name is for programs that settle for
/// one backend.
#[derive(Clone, Debug)]
pub struct SqliteTaskDB(TaskDb);

impl SqliteTaskDB {
    /// Opens `sqlite://FILE` or `memory:`, creating what is missing.
    ///
    /// # Errors
    ///
    /// `Config` for a URL that cannot be used, `Unavailable` when the file cannot be
    /// opened, `Format` when a newer release has written it.
    pub async fn new(url: &str) -> Result<Self> {
        Ok(Self(Config::from_url(url)?.connect().await?))
    }

    /// The handle, for code that works with any backend.
    pub fn into_inner(self) -> TaskDb {
        self.0
    }
}

impl Deref for SqliteTaskDB {
    type Target = TaskDb;

    fn deref(&self) -> &TaskDb {
        &self.0
    }
}

impl DerefMut for SqliteTaskDB {
    fn deref_mut(&mut self) -> &mut TaskDb {
        &mut self.0
    }
}
