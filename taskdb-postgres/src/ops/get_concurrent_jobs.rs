//! `get_concurrent_jobs`: counts the running jobs of a user.

use taskdb_core::Result;
use taskdb_core::request::GetConcurrentJobs;

use crate::args::Args;
use crate::error::corrupt;
use crate::row;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &GetConcurrentJobs) -> Result<u64> {
    let args = Args::default().add(&request.user_id);
    let rows = session.read(Statement::get_concurrent_jobs, args).await?;
    row::count(rows.first().ok_or_else(|| corrupt("a count has no row"))?, "count")
}
