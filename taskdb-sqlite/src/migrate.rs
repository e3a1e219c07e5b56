//! The format of the file: opening connections, and bringing old files up to date.

use std::time::Duration;

use backon::{BlockingRetryable, ConstantBuilder};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use taskdb_core::{Namespace, Result, TaskDbErr};

use crate::config::{Config, Synchronous};
use crate::error::{Fault, Outcome};
use crate::sql;

/// The steps from an empty file to the present format, in order. Steps are only
/// ever added.
const MIGRATIONS: [&str; 11] = [
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0002_scheduling.sql"),
    include_str!("../migrations/0003_jobs.sql"),
    include_str!("../migrations/0004_tasks.sql"),
    include_str!("../migrations/0005_graph.sql"),
    include_str!("../migrations/0006_job_lists.sql"),
    include_str!("../migrations/0007_life.sql"),
    include_str!("../migrations/0008_mark.sql"),
    include_str!("../migrations/0009_rules.sql"),
    include_str!("../migrations/0010_events.sql"),
    include_str!("../migrations/0011_cuts.sql"),
];

/// The number of migrations this release knows: the format it writes.
pub(crate) const FORMAT: u32 = MIGRATIONS.len() as u32;

/// The oldest release, by its format, that can work with a file of this one.
pub(crate) const MIN_READER: u32 = 6;

/// The statements that lay out an empty file in the present format.
pub fn layout() -> String {
    let version = (MIN_READER * SCALE + FORMAT).to_string();
    MIGRATIONS.concat() + &sql::connection::set_format.replace("= FORMAT", &format!("= {version}"))
}

/// Formats are stored as `min_reader * SCALE + format` in `user_version`.
const SCALE: u32 = 10_000;

/// Opens a connection with the settings that every one has.
///
/// Several processes may open a new file at once. Turning the log on then fails as
/// busy without waiting, whatever the timeout says, so it is tried again.
pub(crate) fn connect(config: &Config) -> Outcome<Connection> {
    let pause = Duration::from_millis(5);
    let times = config.busy_timeout.as_millis() / pause.as_millis();
    let patience = ConstantBuilder::new()
        .with_delay(pause)
        .with_max_times(usize::try_from(times).unwrap_or(usize::MAX));
    (|| try_connect(config)).retry(patience).when(Fault::is_busy).call()
}

/// As [`connect`], for one that only reads. What it reads of a large store it mostly reads
/// once, so that a small cache serves it as well.
pub(crate) fn connect_reader(config: &Config) -> Outcome<Connection> {
    let conn = connect(config)?;
    conn.pragma_update(None, "cache_size", -8_192)?;
    Ok(conn)
}

fn try_connect(config: &Config) -> Outcome<Connection> {
    let conn = match &config.path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    conn.busy_timeout(config.busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(256);
    conn.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match config.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    conn.pragma_update(None, "synchronous", synchronous)?;
    conn.pragma_update(None, "foreign_keys", "ON")?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -65_536)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    Ok(conn)
}

/// Creates what is missing and returns the number of the namespace. Several
/// processes may do this at once.
pub(crate) fn migrate(conn: &Connection, namespace: &Namespace) -> Outcome<i64> {
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let stored: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (min_reader, format) = (stored / SCALE, stored % SCALE);
    readable(min_reader)?;
    for migration in MIGRATIONS.iter().skip(format as usize) {
        conn.execute_batch(migration)?;
    }
    if format < FORMAT {
        conn.pragma_update(None, "user_version", MIN_READER * SCALE + FORMAT)?;
    }
    conn.execute(sql::namespaces::create, [namespace.as_str()])?;
    let ns = conn.query_row(sql::namespaces::find, [namespace.as_str()], |row| row.get(0))?;
    transaction.commit()?;
    Ok(ns)
}

/// Whether the file is there and has the namespace. Makes neither.
pub(crate) fn exists(config: &Config) -> Outcome<bool> {
    let Some(path) = config.path.as_deref().filter(|path| path.exists()) else { return Ok(false) };
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.busy_timeout(config.busy_timeout)?;
    let stored: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    readable(stored / SCALE)?;
    // An empty file has no tables yet.
    if stored == 0 {
        return Ok(false);
    }
    let find = conn.query_row(sql::namespaces::find, [config.namespace.as_str()], |_| Ok(()));
    Ok(find.optional()?.is_some())
}

/// Refuses a file whose writer no longer allows readers as old as this release.
fn readable(min_reader: u32) -> Result<(), Fault> {
    if min_reader > FORMAT {
        return Err(TaskDbErr::Format { found: min_reader, supported: FORMAT }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_written_to_the_disk_when_the_settings_say() {
        let folder = tempfile::tempdir().unwrap();
        for (synchronous, stored) in [(Synchronous::Full, 2), (Synchronous::Normal, 1)] {
            let config = Config::at(folder.path().join("jobs.db")).synchronous(synchronous);
            let conn = connect(&config).unwrap();
            let found: u32 =
                conn.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
            assert_eq!(found, stored, "{synchronous:?}");
        }
    }

    fn stored(conn: &Connection) -> u32 {
        conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    /// A file as the release of format 5 has left it, with a job in it.
    fn format_5() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..5] {
            conn.execute_batch(migration).unwrap();
        }
        conn.pragma_update(None, "user_version", 5 * SCALE + 5).unwrap();
        conn.execute(sql::namespaces::create, ["taskdb"]).unwrap();
        // As that release wrote it: without the columns of later formats.
        let columns = "ns, job, id, user_id, state, error, priority, created_at, updated_at";
        let insert = format!("INSERT INTO jobs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        conn.execute(&insert, (1, 0, [7; 16], "ann", 3, "cancelled", 1, 1, 1)).unwrap();
        conn
    }

    #[test]
    fn a_file_laid_out_by_hand_needs_no_more() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&layout()).unwrap();
        assert_eq!(stored(&conn), MIN_READER * SCALE + FORMAT);
        let tables = "SELECT sql FROM sqlite_schema ORDER BY name";
        let read = |conn: &Connection| -> Vec<Option<String>> {
            let mut statement = conn.prepare(tables).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let by_hand = read(&conn);
        migrate(&conn, &"taskdb".parse().unwrap()).unwrap();
        assert_eq!(read(&conn), by_hand);
    }

    #[test]
    fn jobs_of_format_5_are_listed_after_the_migration() {
        let conn = format_5();
        assert!(conn.prepare(sql::jobs::list_by_user).is_err(), "format 5 has no such index");
        let ns = migrate(&conn, &"taskdb".parse().unwrap()).unwrap();
        assert_eq!(stored(&conn), MIN_READER * SCALE + FORMAT);
        let params = (ns, -1, 10, "ann");
        let age: i64 = conn.query_row(sql::jobs::list_by_user, params, |row| row.get(0)).unwrap();
        assert_eq!(age, 0);
        migrate(&conn, &"other".parse().unwrap()).unwrap();
        assert_eq!(stored(&conn), MIN_READER * SCALE + FORMAT, "nothing is left to do");
    }

    #[test]
    fn a_page_of_jobs_is_read_along_an_index() {
        let conn = format_5();
        migrate(&conn, &"taskdb".parse().unwrap()).unwrap();
        for list in [
            sql::jobs::list,
            sql::jobs::list_by_user,
            sql::jobs::list_by_state,
            sql::jobs::list_by_owner,
        ] {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {list}")).unwrap();
            let mut rows = plan.raw_query();
            let mut steps: Vec<String> = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                steps.push(row.get(3).unwrap());
            }
            assert!(steps.iter().any(|step| step.starts_with("SEARCH jobs")), "{steps:?}");
            let whole = |step: &&String| step.contains("SCAN jobs") || step.contains("TEMP B-TREE");
            assert_eq!(steps.iter().find(whole), None, "{list}");
        }
    }
}
