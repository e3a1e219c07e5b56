//! `list_workers`: the workers that live, by name.

use sqlx::postgres::PgRow;
use taskdb_core::request::ListWorkers;
use taskdb_core::{Result, WorkerInfo};

use crate::args::Args;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListWorkers) -> Result<Vec<WorkerInfo>> {
    let args = Args::default()
        .add(request.after.as_deref().unwrap_or(""))
        .add(i64::try_from(request.limit).unwrap_or(i64::MAX))
        .add(session.now());
    session.read(Statement::list_workers, args).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<WorkerInfo> {
    Ok(WorkerInfo {
        worker_id: get(row, "worker_id")?,
        about: row::json(row, "about")?,
        seen_at: row::time(row, "seen_at")?,
        expires_at: row::time(row, "expires_at")?,
    })
}
