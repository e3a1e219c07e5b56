//! Where records come from.
//!
//! * `legacy`: a database of the layout before this one, on Postgres.

mod legacy;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use taskdb::TaskDb;
use taskdb::record::{Cursor, Page};
use taskdb::request::Export;

use crate::error::{MigrateErr, Result};

/// Records of one page at most.
pub(crate) const PAGE: usize = 1_000;

/// Something records can be read from, in the order of
/// [`Record`](taskdb::record::Record).
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// What it is, without a password.
    fn name(&self) -> &str;

    /// Some records, from where an earlier page has ended.
    async fn page(&self, cursor: Option<Cursor>) -> Result<Page>;

    /// The store it is, when it is one that can be used while it is copied.
    fn store(&self) -> Option<&TaskDb>;

    /// How many tasks there are, where that costs little to know.
    async fn tasks(&self) -> Result<Option<u64>>;

    /// What was put right while everything was read for the last time.
    async fn mended(&self) -> Result<Vec<Mended>>;
}

/// A kind of defect in a source, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// What was found, and what was done about it.
    pub what: String,
    /// How often.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<String>,
}

/// A store of this release as a source.
#[derive(Debug, Clone)]
pub struct StoreSource {
    name: String,
    db: TaskDb,
}

impl StoreSource {
    /// A store by a name for messages, which must not hold a password.
    pub fn new(name: impl Into<String>, db: TaskDb) -> Self {
        Self { name: name.into(), db }
    }
}

#[async_trait]
impl Source for StoreSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn page(&self, cursor: Option<Cursor>) -> Result<Page> {
        let request = Export { cursor, limit: PAGE, ..Export::default() };
        let page = self.db.store().export(request).await;
        page.map_err(|error| MigrateErr::store(&self.name, error))
    }

    fn store(&self) -> Option<&TaskDb> {
        Some(&self.db)
    }

    async fn tasks(&self) -> Result<Option<u64>> {
        let counts = self.db.get_task_state_counts().await;
        let counts = counts.map_err(|error| MigrateErr::store(&self.name, error))?;
        Ok(Some(counts.iter().map(|count| count.count).sum()))
    }

    async fn mended(&self) -> Result<Vec<Mended>> {
        Ok(Vec::new())
    }
}

pub use legacy::LegacySource;

/// What several stages share.
pub(crate) type Shared = Arc<dyn Source>;
