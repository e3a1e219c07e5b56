//! `get_task_output`: reads the output of a done task.

use taskdb_core::error::Entity;
use taskdb_core::request::GetTaskOutput;
use taskdb_core::{CanonicalJson, Result, TaskDbErr};

use crate::args::Args;
use crate::error::corrupt;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &GetTaskOutput) -> Result<CanonicalJson> {
    let (job_id, task_id) = (request.job_id, request.task_id.clone());
    let args = Args::default().add(job_id).add(&task_id).add(session.now());
    let rows = session.read(Statement::get_task_output, args).await?;
    let row = rows.first().ok_or_else(|| corrupt("an output has no row"))?;
    if let Some(body) = row::maybe_json(row, "body")? {
        return Ok(body);
    }
    Err(match (get(row, "has_job")?, get(row, "has_task")?) {
        (false, _) => TaskDbErr::no_job(&job_id),
        (true, false) => TaskDbErr::no_task(&job_id, &task_id),
        (true, true) => TaskDbErr::NotFound { entity: Entity::Output { job_id, task_id } },
    })
}
