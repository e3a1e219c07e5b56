//! What small pieces of work cost, in what SQLite itself counts of its statements.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, StatementStatus};
use taskdb_core::TaskDb;
use taskdb_testkit::work::{self, Column, Gauge};

use crate::config::Config;
use crate::error::Outcome;
use crate::store::SqliteStore;
use crate::unit::Unit;
use crate::writer::{Turn, Writer};

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

const COLUMNS: &[Column] = &[
    Column { name: "statements", slack: 0 },
    Column { name: "steps", slack: 2 },
    Column { name: "scanned", slack: 0 },
    Column { name: "rows", slack: 0 },
];

/// A database in memory, where the connection that writes also reads.
struct Memory {
    statements: Arc<Vec<String>>,
    /// That of the store which was opened last.
    writer: Option<Writer>,
    before: Vec<u64>,
}

#[async_trait(?Send)]
impl Gauge for Memory {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    async fn fresh(&mut self) -> TaskDb {
        let store = SqliteStore::open(Config::memory()).await.unwrap();
        self.writer = Some(store.writer.clone());
        TaskDb::new(store)
    }

    async fn begin(&mut self, db: TaskDb) -> TaskDb {
        self.before = self.read().await;
        db
    }

    async fn end(&mut self, _: TaskDb) -> Vec<u64> {
        let after = self.read().await;
        after.iter().zip(&self.before).map(|(after, before)| after - before).collect()
    }
}

impl Memory {
    /// The counts of the connection, which are asked for on its thread.
    async fn read(&self) -> Vec<u64> {
        let texts = Arc::clone(&self.statements);
        let look = move |unit: &mut Unit<'_>| counts(unit.connection(), &texts);
        self.writer.as_ref().unwrap().call(Turn::Change, look).await.unwrap().0
    }
}

/// Statements keep their counts while they lie in the cache, which has room for them all.
fn counts(conn: &Connection, texts: &[String]) -> Outcome<Vec<u64>> {
    let mut sums = vec![0, 0, 0, conn.total_changes()];
    for text in texts {
        let statement = conn.prepare_cached(text)?;
        let kinds = [StatementStatus::Run, StatementStatus::VmStep, StatementStatus::FullscanStep];
        for (sum, kind) in sums.iter_mut().zip(kinds) {
            *sum += u64::try_from(statement.get_status(kind)).unwrap();
        }
    }
    Ok(sums)
}

/// Every statement but those about a connection, which look for other processes now and then.
fn statements() -> Vec<String> {
    let read = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let folders = read(&Path::new(CRATE).join("queries"));
    let folders = folders.iter().filter(|folder| !folder.ends_with("connection"));
    folders
        .flat_map(|folder| read(folder))
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
}

#[tokio::test]
async fn work_is_what_the_table_says() {
    let mut memory =
        Memory { statements: Arc::new(statements()), writer: None, before: Vec::new() };
    let about = "What pieces of work cost on SQLite: statements run, steps of their programs, \
                 rows stepped over in scans, rows written.";
    let file = Path::new(CRATE).join("tests/work.txt");
    work::count(&mut memory).await.check(&file, about, "cargo test -p taskdb-sqlite --lib work");
}
