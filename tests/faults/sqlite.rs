//! SQLite in this process: calls that nobody waits for, a clock that steps, and somebody else
//! who holds the lock of the file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use taskdb::sqlite::Config;
use taskdb::{Clock, TaskDb};
use taskdb_testkit::history::History;
use taskdb_testkit::rng::Rng;

use crate::clock::Stepping;
use crate::storm::{self, World};

struct Sqlite {
    path: PathBuf,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_to_what_it_has_told() {
    let folder = tempfile::tempdir().expect("a folder");
    storm::run(&mut Sqlite { path: folder.path().join("faults.db") }, "sqlite").await;
}

impl World for Sqlite {
    const PAUSE: u64 = 120;

    async fn open(&mut self, namespace: &str, clock: Option<Stepping>, _: bool) -> TaskDb {
        let config = Config::at(&self.path).namespace(namespace.parse().expect("a name"));
        let config = match clock {
            Some(clock) => config.clock(Arc::new(clock) as Arc<dyn Clock>),
            None => config,
        };
        config.connect().await.expect("the file opens")
    }

    async fn strike(&mut self, rng: &mut Rng, _: &History) {
        let file = rusqlite::Connection::open(&self.path).expect("the file opens");
        file.busy_timeout(Duration::from_secs(10)).expect("a setting");
        let lock = if rng.percent(50) { "BEGIN IMMEDIATE" } else { "BEGIN; SELECT * FROM jobs" };
        file.execute_batch(lock).expect("a lock");
        tokio::time::sleep(Duration::from_millis(rng.below(60))).await;
        // The end of the connection ends its transaction.
    }

    async fn heal(&mut self) {}
}
