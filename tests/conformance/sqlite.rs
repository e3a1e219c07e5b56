//! The columns of SQLite: a file and stores in memory.

use std::path::PathBuf;
use std::sync::Arc;

use taskdb_core::{ManualClock, Result};
use taskdb_sqlite::Config;
use taskdb_testkit::suite::{Backend, Opened, async_trait};

/// One file with all namespaces in it, each opened twice.
pub(crate) struct File(pub(crate) PathBuf);

#[async_trait]
impl Backend for File {
    fn name(&self) -> &str {
        "sqlite"
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let connect = async || {
            let config = Config::at(&self.0).namespace(namespace.parse()?);
            config.clock(Arc::new(clock.clone())).connect().await
        };
        Ok(Opened { db: connect().await?, other: connect().await?, clock: clock.clone() })
    }
}

/// A store in memory for each namespace.
pub(crate) struct Memory;

#[async_trait]
impl Backend for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let config = Config::memory().namespace(namespace.parse()?);
        let db = config.clock(Arc::new(clock.clone())).connect().await?;
        Ok(Opened { other: db.clone(), db, clock })
    }
}

/// As [`Memory`], with encrypted payloads.
#[cfg(feature = "encrypt")]
pub(crate) struct Encoded;

#[cfg(feature = "encrypt")]
#[async_trait]
impl Backend for Encoded {
    fn name(&self) -> &str {
        "encoded"
    }

    fn required(&self) -> bool {
        true
    }

    fn plain_payloads(&self) -> bool {
        false
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        use taskdb::codec::{Codecs, Encrypt};

        let codecs = Codecs::new().write(Encrypt::new("test", &[1; 32]));
        let Opened { db, other, clock } = Memory.open(namespace).await?;
        Ok(Opened { db: db.encode(codecs.clone()), other: other.encode(codecs), clock })
    }
}
