//! `list_schedules`: schedules by name, or those whose tick has come.

use sqlx::postgres::PgRow;
use taskdb_core::request::ListSchedules;
use taskdb_core::{Result, ScheduleInfo};

use crate::args::Args;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListSchedules) -> Result<Vec<ScheduleInfo>> {
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    page(session, request.after.as_deref().unwrap_or(""), limit, request.due).await
}

/// Schedules behind a name; no name is empty.
pub(super) async fn page(
    session: &Session,
    after: &str,
    limit: i64,
    due: bool,
) -> Result<Vec<ScheduleInfo>> {
    let args = Args::default().add(after).add(limit).add(due).add(session.now());
    session.read(Statement::list_schedules, args).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<ScheduleInfo> {
    Ok(ScheduleInfo {
        name: get(row, "name")?,
        body: row::json(row, "body")?,
        revision: row::count(row, "revision")?,
        next_at: row::maybe_time(row, "next_at")?,
        fired_at: row::maybe_time(row, "fired_at")?,
    })
}
