//! The conformance suite on every backend of this repository.
//!
//! `cargo test --test conformance` prints cases × backends; `-- NAME` runs the
//! cases with that in their names, `-- --list` names them all. A backend that
//! cannot be reached shows as ignored, unless `TASKDB_REQUIRE` names it.
//! `TASKDB_REDIS_MATRIX` chooses the columns of Redis, see [`redis`],
//! `TASKDB_POSTGRES_MATRIX` those of [`postgres`].

mod postgres;
mod redis;
mod sqlite;

use std::process::ExitCode;
use std::sync::Arc;

use taskdb_core::{ManualClock, Result, TaskDb};
use taskdb_testkit::model::Model;
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

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let mut backends: Vec<Arc<dyn Backend>> = vec![
        Arc::new(Reference),
        Arc::new(sqlite::File(directory.path().join("conformance.db"))),
        Arc::new(sqlite::Memory),
    ];
    #[cfg(feature = "encrypt")]
    backends.push(Arc::new(sqlite::Encoded));
    backends.extend(redis::columns());
    backends.extend(postgres::columns());
    suite::run(backends)
}
