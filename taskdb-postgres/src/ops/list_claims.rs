//! `list_claims`: the claims that hold, in the order of their ids.

use sqlx::postgres::PgRow;
use taskdb_core::request::ListClaims;
use taskdb_core::{Claim, ClaimInfo, Result};

use crate::args::Args;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListClaims) -> Result<Vec<ClaimInfo>> {
    let args = Args::default()
        .add(request.worker_id.as_deref())
        .add(request.worker_type.as_deref())
        .add(request.after)
        .add(i64::try_from(request.limit).unwrap_or(i64::MAX));
    session.read(Statement::list_claims, args).await?.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<ClaimInfo> {
    Ok(ClaimInfo {
        claim: Claim {
            job_id: get(row, "job_id")?,
            task_id: get(row, "name")?,
            id: get(row, "claim_id")?,
            attempt: row::count(row, "attempt")?,
        },
        worker_id: get(row, "worker_id")?,
        stream_id: get(row, "stream_id")?,
        worker_type: get(row, "worker_type")?,
        progress: get(row, "progress")?,
        started_at: row::time(row, "started_at")?,
        deadline: row::time(row, "deadline")?,
    })
}
