//! The limits of Postgres: the usual claim of a queue under `pgbench`, alone or with the
//! end of what was claimed, and inserts of many rows. Not what TaskDB runs, but what the
//! same server could do at best for simpler rules.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use tokio::process::Command;

use super::{Kind, Limit};
use crate::database::{Database, run};
use crate::error::{Error, Result, ensure};
use crate::measure::{Pace, Work};
use crate::place::Place;

const CREATE: &str = include_str!("../../queries/postgres/create.sql");
const CLAIM: &str = include_str!("../../queries/postgres/claim.sql");
const CYCLE: &str = include_str!("../../queries/postgres/cycle.sql");
const INSERT: &str = include_str!("../../queries/postgres/insert.sql");
const LEFT: &str = include_str!("../../queries/postgres/left.sql");

const PROGRAM: &str = "pgbench";
/// Rows to claim, more than can be claimed in one measurement.
const ROWS: usize = 200_000;
/// Transactions of a caller where nothing is measured, and rows for them.
const QUICK: usize = 10;
const QUICK_ROWS: usize = 2_000;
/// Rows of an insert, as many as a batch may have.
const BATCH: usize = 1_000;

/// A script, run by as many connections as there are callers.
struct Script {
    name: &'static str,
    text: &'static str,
}

/// Rows, a thousand a statement.
struct Inserts;

/// The limit of a kind.
pub(super) fn of(kind: Kind, place: &dyn Place) -> Option<Box<dyn Limit>> {
    place.database()?;
    Some(match kind {
        Kind::Call => Box::new(Script { name: "skip-locked claims", text: CLAIM }),
        Kind::Cycle => Box::new(Script { name: "skip-locked claims with an update", text: CYCLE }),
        Kind::Bulk => Box::new(Inserts),
    })
}

#[async_trait(?Send)]
impl Limit for Script {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn measure(&self, place: &dyn Place, callers: usize, pace: Pace) -> Result<f64> {
        let rows = if pace.at_least.is_zero() { QUICK_ROWS } else { ROWS };
        let mut table = Table::make(place, rows).await?;
        let rate = self.rate(&table, callers, pace).await?;
        let left = sqlx::query_scalar(LEFT).fetch_one(&mut table.connection).await?;
        ensure(left, || "there were too few rows to claim".into())?;
        Ok(rate)
    }
}

impl Script {
    /// Runs `pgbench`; transactions a second as it says itself.
    async fn rate(&self, table: &Table, callers: usize, pace: Pace) -> Result<f64> {
        let failed = |reason| Error::Program { program: PROGRAM, reason };
        let mut file = tempfile::NamedTempFile::new()?;
        std::io::Write::write_all(&mut file, self.text.as_bytes())?;
        let (url, password) = table.database.address();
        let mut command = Command::new(program());
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=1"]);
        command.arg(format!("--client={callers}")).arg("--file").arg(file.path());
        command.arg(match pace.at_least.as_secs() {
            0 => format!("--transactions={QUICK}"),
            seconds => format!("--time={seconds}"),
        });
        command.arg(url).env("PGOPTIONS", format!("-c search_path=\"{}\"", table.schema));
        command.envs(password.map(|password| ("PGPASSWORD", password)));
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.map_err(|error| {
            failed(format!("{error}: install it with `apt-get install postgresql-contrib`"))
        })?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        match rate.and_then(|rate| rate.parse().ok()).filter(|_| output.status.success()) {
            Some(rate) => Ok(rate),
            None => Err(failed(format!("{text}{}", String::from_utf8_lossy(&output.stderr)))),
        }
    }
}

/// The program of the path, else that beside the server's, where distributions hide it.
fn program() -> PathBuf {
    taskdb_testkit::servers::postgres::binary(PROGRAM).unwrap_or_else(|_| PROGRAM.into())
}

#[async_trait(?Send)]
impl Limit for Inserts {
    fn name(&self) -> &'static str {
        "bulk inserts"
    }

    async fn measure(&self, place: &dyn Place, _callers: usize, pace: Pace) -> Result<f64> {
        let mut table = Table::make(place, 0).await?;
        let payloads = vec!["x".repeat(100); BATCH];
        let (start, mut rows) = (Instant::now(), 0_usize);
        while rows == 0 || start.elapsed() < pace.at_least {
            let ids: Vec<i64> = (rows..rows + BATCH).map(|id| id as i64).collect();
            let insert = sqlx::query(INSERT).bind(ids).bind(&payloads);
            insert.execute(&mut table.connection).await?;
            rows += BATCH;
        }
        Ok(Work::since(start, rows).rate())
    }
}

/// The table that is measured on, removed with this value.
struct Table {
    database: Arc<Database>,
    schema: String,
    connection: PgConnection,
}

impl Table {
    async fn make(place: &dyn Place, rows: usize) -> Result<Self> {
        let database = place.database().map(Arc::clone);
        let database = database.ok_or_else(|| Error::Unsound("there is no server".into()))?;
        let schema = database.fresh_name();
        let connection = database.enter(&schema).await?;
        let mut table = Self { database, schema, connection };
        run(&mut table.connection, &CREATE.replace("ROWS", &rows.to_string())).await?;
        Ok(table)
    }
}

impl Drop for Table {
    /// Nobody is there to be told when the server is not any more.
    fn drop(&mut self) {
        let _: Result<()> = self.database.drop_schema(&self.schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_script_that_fails_is_no_rate() {
        let place = place::open("postgres-private").await.unwrap().remove(0).1;
        let script = Script { name: "broken", text: "no statement;" };
        let message = script.measure(&*place, 2, Pace::QUICK).await.unwrap_err().to_string();
        assert!(message.contains("pgbench") && message.contains("syntax error"), "{message}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_that_run_out_are_no_rate() {
        let place = place::open("postgres-private").await.unwrap().remove(0).1;
        let mut table = Table::make(&*place, QUICK).await.unwrap();
        let script = Script { name: "claims", text: CLAIM };
        script.rate(&table, 1, Pace::QUICK).await.unwrap();
        let left: bool = sqlx::query_scalar(LEFT).fetch_one(&mut table.connection).await.unwrap();
        assert!(!left, "each transaction claims a row");
    }
}
