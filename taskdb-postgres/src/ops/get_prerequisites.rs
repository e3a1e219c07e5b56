//! `get_prerequisites`: what has become of the prerequisites of a task.

use sqlx::postgres::PgRow;
use taskdb_core::request::GetPrerequisites;
use taskdb_core::{Prerequisite, Result, TaskDbErr};

use crate::args::Args;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(
    session: &Session,
    request: &GetPrerequisites,
) -> Result<Vec<Prerequisite>> {
    let args = Args::default().add(request.job_id).add(&request.task_id);
    let rows = session.read(Statement::get_prerequisites, args).await?;
    let first = rows.first().ok_or_else(|| TaskDbErr::no_job(&request.job_id))?;
    if !get::<bool>(first, "has_task")? {
        return Err(TaskDbErr::no_task(&request.job_id, &request.task_id));
    }
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// A prerequisite; none in the only row of a task that has none.
fn read(row: &PgRow) -> Result<Option<Prerequisite>> {
    let Some(task_id) = get(row, "name")? else {
        return Ok(None);
    };
    Ok(Some(Prerequisite {
        task_id,
        state: row::task_state(row, "state")?.effective(row::job_state(row, "job_state")?),
        output: row::maybe_json(row, "output")?,
        error: row::text(row, "error")?,
    }))
}
