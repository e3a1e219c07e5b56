//! A store for a test, by backend: a file, or a server of its own.

use taskdb::TaskDb;
use taskdb_testkit::servers::{postgres, redis};
use uuid::Uuid;

/// Where a store is.
pub(crate) enum Place {
    File(tempfile::TempDir),
    Redis(redis::Server),
    Postgres(postgres::Server),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::File(tempfile::tempdir().expect("a folder"))
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
            Self::File(folder) => format!("sqlite://{}/jobs.db", folder.path().display()),
            Self::Redis(server) => server.url(),
            Self::Postgres(server) => server.url(),
        }
    }

    pub(crate) fn kill(&mut self) {
        match self {
            Self::File(_) => panic!("a file does not go away"),
            Self::Redis(server) => server.kill(),
            Self::Postgres(server) => server.kill(),
        }
    }

    pub(crate) fn restart(&mut self) {
        match self {
            Self::File(_) => panic!("a file does not go away"),
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
