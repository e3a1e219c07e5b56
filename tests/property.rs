//! Random calls of several clients, answered alike by the reference model and by
//! every backend, down to the final content.
//!
//! `TASKDB_PROPERTY_CASES` and `TASKDB_PROPERTY_SEED` choose how many and which.

use std::sync::Arc;

use taskdb_core::{ManualClock, TaskDb};
use taskdb_sqlite::Config;
use taskdb_testkit::{property, servers};

async fn opened(config: Config) -> (TaskDb, ManualClock) {
    let clock = ManualClock::default();
    let db = config.clock(Arc::new(clock.clone())).connect().await.expect("a store");
    (db, clock)
}

#[test]
fn sqlite_in_memory_behaves_like_the_model() {
    property::check(&property::Config::default(), || opened(Config::memory()));
}

#[test]
fn an_sqlite_file_behaves_like_the_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = std::sync::atomic::AtomicU32::new(0);
    property::check(&property::Config::default(), || {
        let number = files.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        opened(Config::at(folder.path().join(format!("{number}.db"))))
    });
}

#[test]
fn redis_behaves_like_the_model() {
    let server = servers::redis::Server::start().expect("a private Redis server starts");
    let namespaces = std::sync::atomic::AtomicU32::new(0);
    property::check(&property::Config::default(), || {
        let number = namespaces.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = server.url();
        async move {
            let clock = ManualClock::default();
            let config = taskdb_redis::Config::from_url(&url).expect("a URL");
            let config = config.namespace(format!("case-{number}").parse().expect("a name"));
            let db = config.clock(Some(Arc::new(clock.clone()))).connect().await.expect("a store");
            (db, clock)
        }
    });
}

#[test]
fn postgres_behaves_like_the_model() {
    let server = servers::postgres::Options::fast().start();
    let server = server.expect("a private Postgres server starts");
    let namespaces = std::sync::atomic::AtomicU32::new(0);
    property::check(&property::Config::default(), || {
        let number = namespaces.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = server.url();
        async move {
            let clock = ManualClock::default();
            let config = taskdb_postgres::Config::from_url(&url).expect("a URL");
            let config = config.namespace(format!("case-{number}").parse().expect("a name"));
            let config = config.max_connections(1).listen(false);
            let db = config.clock(Some(Arc::new(clock.clone()))).connect().await.expect("a store");
            (db, clock)
        }
    });
}
