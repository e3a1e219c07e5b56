//! A store for a test, by backend: a file, or a server of its own.

use taskdb::TaskDb;
use taskdb_testkit::servers::{postgres, redis};
use uuid::Uuid;

/// Where a store is.
pub(crate) enum Place {
    /// A file, and whoever has locked it.
    File(tempfile::TempDir, Option<rusqlite::Connection>),
    Redis(redis::Server),
    Postgres(postgres::Server),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::File(tempfile::tempdir().expect("a folder"), None)
    }

    pub(crate) fn redis() -> Self {
        let server = redis::Options { appendonly: true, ..redis::Options::default() };
        Self::Redis(server.start().expect("a Redis server"))
    }

    pub(crate) fn postgres() -> Self {
        Self::Postgres(postgres::Options::fast().start().expect("a Postgres server"))
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder, _) => format!("sqlite://{}", Self::file(folder).display()),
            Self::Redis(server) => server.url(),
            Self::Postgres(server) => server.url(),
        }
    }

    fn file(folder: &tempfile::TempDir) -> std::path::PathBuf {
        folder.path().join("jobs.db")
    }

    /// Makes the store go away. A file is there, but somebody else keeps it locked.
    pub(crate) fn kill(&mut self) {
        match self {
            Self::File(folder, lock) => {
                let other = rusqlite::Connection::open(Self::file(folder)).expect("a file");
                other.busy_timeout(std::time::Duration::from_secs(10)).expect("a timeout");
                other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
                *lock = Some(other);
            }
            Self::Redis(server) => server.kill(),
            Self::Postgres(server) => server.kill(),
        }
    }

    pub(crate) fn restart(&mut self) {
        match self {
            Self::File(_, lock) => *lock = None,
            Self::Redis(server) => server.restart().expect("it starts again"),
            Self::Postgres(server) => server.restart().expect("it starts again"),
        }
    }

    pub(crate) async fn connect(&self) -> TaskDb {
        taskdb::connect(&self.url()).await.expect("the store is there")
    }
}

/// The streams of a test, by worker type.
#[derive(Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) cpu: Uuid,
}

impl Streams {
    pub(crate) async fn of(db: &TaskDb) -> Self {
        // Handlers make the other one when they need it.
        let cpu = db.get_or_create_stream("cpu", 0, 1.0, USER).await.expect("a stream");
        Self { cpu }
    }
}

/// The owner of all jobs.
pub(crate) const USER: &str = "crew";
