//! A database of the layout before this one, on Postgres: read as it is, never written to.

use async_trait::async_trait;
use taskdb::TaskDb;
use taskdb::postgres::legacy;
use taskdb::record::{Cursor, Page};
use tokio::sync::Mutex;

use super::{Mended, PAGE, Source};
use crate::error::{MigrateErr, Result};

/// The zone that times are read in, unless told.
const ZONE: &str = "UTC";

/// A database of the layout before this one.
///
/// It has no gate; whatever works on it must be stopped. Each pass over it sees what it
/// holds then, so that a verification finds what was written meanwhile.
pub struct LegacySource {
    name: String,
    url: String,
    zone: String,
    tasks: u64,
    pass: Mutex<Pass>,
}

/// One reading from the beginning on.
struct Pass {
    source: legacy::Source,
    begun: bool,
}

impl std::fmt::Debug for LegacySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LegacySource").field("name", &self.name).finish_non_exhaustive()
    }
}

impl LegacySource {
    /// Opens a database by its URL; `zone` is that in which its times were written, UTC
    /// unless told.
    ///
    /// # Errors
    ///
    /// Those of connecting, and for a database without that layout.
    pub async fn open(name: &str, url: &str, zone: Option<&str>) -> Result<Self> {
        let zone = zone.unwrap_or(ZONE).to_owned();
        let opened = legacy::Source::open_in(url, &zone).await;
        let source = opened.map_err(|error| MigrateErr::store(name, error))?;
        let (_, _, tasks) = source.size();
        let pass = Mutex::new(Pass { source, begun: false });
        Ok(Self { name: name.to_owned(), url: url.to_owned(), zone, tasks, pass })
    }
}

#[async_trait]
impl Source for LegacySource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn page(&self, cursor: Option<Cursor>) -> Result<Page> {
        let told = |error| MigrateErr::store(&self.name, error);
        let mut pass = self.pass.lock().await;
        if cursor.is_none() && std::mem::replace(&mut pass.begun, true) {
            pass.source = legacy::Source::open_in(&self.url, &self.zone).await.map_err(told)?;
        }
        pass.source.page(cursor, PAGE).await.map_err(told)
    }

    fn store(&self) -> Option<&TaskDb> {
        None
    }

    async fn tasks(&self) -> Result<Option<u64>> {
        Ok(Some(self.tasks))
    }

    async fn mended(&self) -> Result<Vec<Mended>> {
        let mut pass = self.pass.lock().await;
        let report = pass.source.report().await;
        let report = report.map_err(|error| MigrateErr::store(&self.name, error))?;
        let mended = report.found.iter().map(|(kind, found)| {
            let how = if kind.is_mended() { "mended" } else { "kept" };
            Mended {
                what: format!("{how}: {kind}"),
                count: found.count,
                examples: found.examples.clone(),
            }
        });
        Ok(mended.collect())
    }
}
