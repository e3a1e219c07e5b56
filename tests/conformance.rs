//! The conformance suite on every backend of this repository.
//!
//! `cargo test --test conformance` prints cases × backends; `-- NAME` runs the
//! cases with that in their names, `-- --list` names them all. A backend that
//! cannot be reached shows as ignored, unless `TASKDB_REQUIRE` names it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use taskdb_core::{ManualClock, Result, TaskDb};
use taskdb_sqlite::Config;
use taskdb_testkit::model::Model;
use taskdb_testkit::servers;
use taskdb_testkit::suite::{self, Backend, Opened, async_trait};

/// The reference, so that a case that is wrong itself is noticed.
struct Reference;

#[async_trait]
impl Backend for Reference {
    fn name(&self) -> &str {
        "model"
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, _namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let db = TaskDb::new(Model::new(Arc::new(clock.clone())));
        Ok(Opened { other: db.clone(), db, clock })
    }
}

/// One file with all namespaces in it, each opened twice.
struct SqliteFile(PathBuf);

#[async_trait]
impl Backend for SqliteFile {
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
struct SqliteMemory;

#[async_trait]
impl Backend for SqliteMemory {
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

/// One server for all namespaces, each opened twice.
struct Redis(String);

#[async_trait]
impl Backend for Redis {
    fn name(&self) -> &str {
        "redis"
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let connect = async || {
            let config = taskdb_redis::Config::from_url(&self.0)?.namespace(namespace.parse()?);
            config.clock(Some(Arc::new(clock.clone()))).connect().await
        };
        Ok(Opened { db: connect().await?, other: connect().await?, clock: clock.clone() })
    }
}

/// One server for all namespaces, each opened twice.
struct Postgres(String);

#[async_trait]
impl Backend for Postgres {
    fn name(&self) -> &str {
        "postgres"
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let connect = async || {
            let config = taskdb_postgres::Config::from_url(&self.0)?.namespace(namespace.parse()?);
            let config = config.max_connections(4).clock(Some(Arc::new(clock.clone())));
            config.connect().await
        };
        Ok(Opened { db: connect().await?, other: connect().await?, clock: clock.clone() })
    }
}

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let redis = servers::redis::Server::start().expect("a private Redis server starts");
    let postgres = servers::postgres::Options::fast().start();
    let postgres = postgres.expect("a private Postgres server starts");
    suite::run(vec![
        Arc::new(Reference),
        Arc::new(SqliteFile(directory.path().join("conformance.db"))),
        Arc::new(SqliteMemory),
        Arc::new(Redis(redis.url())),
        Arc::new(Postgres(postgres.url())),
    ])
}
