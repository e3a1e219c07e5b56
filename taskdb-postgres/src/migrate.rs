//! The layout of a namespace, made where it is missing.
//!
//! Tables and functions are made in one transaction under a lock, so any number of
//! processes may connect at once. A role without the right to make them can connect
//! when both are there already.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use taskdb_core::{Namespace, Result, TaskDbErr};

use tokio::time::timeout;

use crate::args::Args;
use crate::error::{Fault, corrupt};
use crate::sql::{self, Sql, Statement};

/// The layout of what is stored.
pub(crate) const FORMAT: i32 = 11;
/// The oldest release that can read it.
pub(crate) const MIN_READER: i32 = 10;
/// The oldest server that has what the functions use.
const OLDEST_SERVER: i32 = 140_000;

/// Makes what is missing.
pub(crate) async fn migrate(
    conn: &mut PgConnection,
    sql: &Sql,
    namespace: &Namespace,
) -> Result<()> {
    let outcome = async {
        // A pooler keeps to one connection from here on.
        run(conn, "BEGIN").await?;
        let standing = Standing::read(conn, sql, namespace).await?;
        if !standing.complete(conn, sql).await? {
            lay_out(conn, sql, namespace).await?;
        }
        run(conn, "COMMIT").await
    };
    let outcome = outcome.await;
    if outcome.is_err() {
        // What the connection still holds goes with it: the caller closes it.
        let _ = run(conn, "ROLLBACK").await;
    }
    outcome
}

/// What of a namespace is there.
struct Standing {
    has_tables: bool,
    has_functions: bool,
}

impl Standing {
    async fn read(conn: &mut PgConnection, sql: &Sql, namespace: &Namespace) -> Result<Self> {
        let args = Args::default().add(namespace.as_str()).add(sql::hash()).add("UTF8");
        let row = one(conn, sql, Statement::standing, args).await?;
        let refuse = |reason: String| Err(TaskDbErr::Config(reason));
        let version: i32 = get(&row, "version")?;
        if version < OLDEST_SERVER {
            return refuse(format!("Postgres 14 or later is needed, this is {version}"));
        }
        if !get::<bool>(&row, "encoding")? {
            return refuse("the database must have the encoding UTF8".to_owned());
        }
        Ok(Self {
            has_tables: get(&row, "has_tables")?,
            has_functions: get(&row, "has_functions")?,
        })
    }

    /// Whether nothing has to be made; refuses what a newer release has written.
    async fn complete(&self, conn: &mut PgConnection, sql: &Sql) -> Result<bool> {
        if !self.has_tables {
            return Ok(false);
        }
        Ok(format(conn, sql).await? >= FORMAT && self.has_functions)
    }
}

/// The format of the tables.
async fn format(conn: &mut PgConnection, sql: &Sql) -> Result<i32> {
    let row = one(conn, sql, Statement::format, Args::default()).await?;
    let min_reader: i32 = get(&row, "min_reader")?;
    if min_reader > FORMAT {
        let number = |format: i32| u32::try_from(format).unwrap_or(0);
        return Err(TaskDbErr::Format { found: number(min_reader), supported: number(FORMAT) });
    }
    get(&row, "format")
}

async fn lay_out(conn: &mut PgConnection, sql: &Sql, namespace: &Namespace) -> Result<()> {
    let lock = Args::default().add(namespace.as_str());
    rows(conn, sql, Statement::lock, lock).await?;
    let standing = Standing::read(conn, sql, namespace).await?;
    let found = if standing.has_tables { format(conn, sql).await? } else { 0 };
    if !standing.has_tables {
        rows(conn, sql, Statement::schema, Args::default()).await?;
    }
    run(conn, &format!("SET LOCAL search_path TO {}, pg_temp", sql.schema)).await?;
    let done = usize::try_from(found).map_err(|_| corrupt("the format is negative"))?;
    for migration in sql::MIGRATIONS.iter().skip(done) {
        run(conn, migration).await?;
    }
    if found < FORMAT {
        let args = Args::default().add(FORMAT).add(MIN_READER);
        rows(conn, sql, Statement::set_format, args).await?;
    }
    if !standing.has_functions {
        // They call each other, whatever their order.
        run(conn, "SET LOCAL check_function_bodies TO off").await?;
        run(conn, &sql::functions()).await?;
        rows(conn, sql, Statement::note_functions, Args::default().add(sql::hash())).await?;
        drop_old(conn, sql, namespace).await?;
    }
    Ok(())
}

/// Drops the functions of all releases but this one and the one before.
async fn drop_old(conn: &mut PgConnection, sql: &Sql, namespace: &Namespace) -> Result<()> {
    let args = Args::default().add(namespace.as_str()).add(sql::hash());
    for row in rows(conn, sql, Statement::old_functions, args).await? {
        let name: String = get(&row, "name")?;
        run(conn, &sql.statement(Statement::drop_function).replace("NAME", &name)).await?;
    }
    Ok(())
}

/// Runs statements that answer nothing.
async fn run(conn: &mut PgConnection, text: &str) -> Result<()> {
    let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    conn.execute(text).await.map(drop).map_err(refused)
}

async fn rows(
    conn: &mut PgConnection,
    sql: &Sql,
    statement: Statement,
    args: Args,
) -> Result<Vec<PgRow>> {
    let text = AssertSqlSafe(sql.statement(statement));
    let query = sqlx::query_with(text, args.into_inner()).persistent(false);
    query.fetch_all(conn).await.map_err(refused)
}

async fn one(
    conn: &mut PgConnection,
    sql: &Sql,
    statement: Statement,
    args: Args,
) -> Result<PgRow> {
    let first = rows(conn, sql, statement, args).await?.into_iter().next();
    first.ok_or_else(|| corrupt("the namespace does not say what it is"))
}

fn get<'r, T>(row: &'r PgRow, column: &str) -> Result<T>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(refused)
}

fn refused(error: sqlx::Error) -> TaskDbErr {
    Fault::connecting(error).into()
}

/// Opens a connection of its own for the layout, which is closed afterwards: whatever it
/// holds goes with it.
pub(crate) async fn open(
    options: &sqlx::postgres::PgConnectOptions,
    sql: &Sql,
    namespace: &Namespace,
    patience: Duration,
) -> Result<()> {
    let mut conn = connect(options, patience).await?;
    let outcome = migrate(&mut conn, sql, namespace).await;
    let closed = conn.close().await;
    outcome?;
    closed.map_err(refused)
}

async fn connect(
    options: &sqlx::postgres::PgConnectOptions,
    patience: Duration,
) -> Result<PgConnection> {
    let connected = timeout(patience, PgConnection::connect_with(options)).await;
    connected.map_err(|_| Fault::no_connection())?.map_err(refused)
}

/// Whether the namespace has been laid out. Makes nothing.
pub(crate) async fn exists(
    options: &sqlx::postgres::PgConnectOptions,
    sql: &Sql,
    namespace: &Namespace,
    patience: Duration,
) -> Result<bool> {
    let mut conn = connect(options, patience).await?;
    let standing = Standing::read(&mut conn, sql, namespace).await;
    let closed = conn.close().await;
    let found = standing?.has_tables;
    closed.map_err(refused)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_number_of_migrations() {
        // A migration that does not count would run again with every new set of functions.
        assert_eq!(usize::try_from(FORMAT), Ok(sql::MIGRATIONS.len()));
    }
}
