//! `retry_task`: puts one task of a stopped job back to work.

use taskdb_core::Result;
use taskdb_core::request::RetryTask;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &RetryTask) -> Result<()> {
    let task_id = request.task_id.as_str();
    let about = About { job_id: request.job_id, task_id, ..About::default() };
    let args = session.args().add(request.job_id).add(task_id);
    session.verb(Verb::retry_task, Kind::Once, args, &about).await.map(drop)
}
