//! `list_tasks`: reads the tasks of a job by age.

use taskdb_core::request::ListTasks;
use taskdb_core::{Result, TaskDbErr, TaskInfo};

use super::get_task;
use crate::args::Args;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListTasks) -> Result<Vec<TaskInfo>> {
    let after = request.after.map_or(-1, |age| i32::try_from(age).unwrap_or(i32::MAX));
    let args = Args::default()
        .add(request.job_id)
        .add(after)
        .add(i64::try_from(request.limit).unwrap_or(i64::MAX))
        .add(request.state.map(|state| i16::from(state.code())));
    let rows = session.read(Statement::list_tasks, args).await?;
    if rows.is_empty() {
        return Err(TaskDbErr::no_job(&request.job_id));
    }
    rows.iter().filter_map(|row| get_task::read(row, request.job_id).transpose()).collect()
}
