//! What the suite needs of a backend.

use async_trait::async_trait;
use taskdb_core::{ManualClock, Result, TaskDb};

/// A store to hold against the contract.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Its column in the matrix, and its name in `TASKDB_REQUIRE`.
    fn name(&self) -> &str;

    /// Whether it counts as a failure that the store cannot be reached. The
    /// environment can require it as well: `TASKDB_REQUIRE=redis,postgres`.
    fn required(&self) -> bool {
        false
    }

    /// Whether order holds over a whole namespace: the older job first, the smallest
    /// share, the highest class. A store that spreads a namespace over shards keeps it
    /// within each; cases that ask for more show as ignored there.
    fn exact_order(&self) -> bool {
        true
    }

    /// Whether payloads lie in the store as they are given, and count there what they have
    /// in bytes. A codec above the store makes more or less of them.
    fn plain_payloads(&self) -> bool {
        true
    }

    /// Opens a namespace that no other case uses, empty the first time. All
    /// handles of one namespace read the same clock.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the store is not there at all: its cases show as ignored.
    async fn open(&self, namespace: &str) -> Result<Opened>;
}

/// An open namespace.
#[derive(Debug, Clone)]
pub struct Opened {
    /// A handle.
    pub db: TaskDb,
    /// The clock that the namespace lives by.
    pub clock: ManualClock,
    /// A second handle, as independent of the first as the backend allows.
    pub other: TaskDb,
}
