//! The Redis store of TaskDB: one server, Sentinel or Cluster, one script a verb.
//!
//! # Layout
//!
//! * [`Config`]: which servers, which namespace; `address`: the URLs they are named by.
//! * `conn/`: the connection that is made anew when lost, and calls that are sent again.
//! * `store`: the seam as a table of contents; `ops/`: one file a verb.
//! * `scripts`: the Lua of `lua/` by verb; `args`, `reply`, `record`, `about`: what goes in and
//!   out.
//! * `shards/`: a namespace spread over the masters of a cluster.
//! * `keys`: the table of keys; `wake`: hints of new work.
//! * `script`: what the server runs; `check`: whether it can be trusted with work.
//! * `error`: what became of a command that failed.

mod about;
mod address;
mod args;
mod check;
mod config;
mod conn;
mod error;
mod keys;
mod ops;
mod record;
mod reply;
mod script;
mod scripts;
mod shards;
mod store;
mod wake;

#[cfg(test)]
mod tests;

use std::ops::{Deref, DerefMut};

pub use config::{Config, Tls, Verify};
pub use taskdb_core::{Result, TaskDb, TaskDbErr};

/// A [`TaskDb`] on Redis, opened by URL.
///
/// It is a [`TaskDb`] with every call; this name is for programs that settle for
/// one backend.
#[derive(Clone, Debug)]
pub struct RedisTaskDB(TaskDb);

impl RedisTaskDB {
    /// Opens a server, Sentinel or Cluster; see [`Config::from_url`] for the URLs.
    ///
    /// # Errors
    ///
    /// `Config` for a URL or a server that cannot be used, `Unavailable` when no server
    /// answers, `Format` when a newer release has written the namespace.
    pub async fn new(url: &str) -> Result<Self> {
        Ok(Self(Config::from_url(url)?.connect().await?))
    }

    /// The handle, for code that works with any backend.
    pub fn into_inner(self) -> TaskDb {
        self.0
    }
}

impl Deref for RedisTaskDB {
    type Target = TaskDb;

    fn deref(&self) -> &TaskDb {
        &self.0
    }
}

impl DerefMut for RedisTaskDB {
    fn deref_mut(&mut self) -> &mut TaskDb {
        &mut self.0
    }
}
