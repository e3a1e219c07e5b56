//! `cancel_task`: cancels one task.

use taskdb_core::Result;
use taskdb_core::request::CancelTask;

use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &CancelTask) -> Result<()> {
    let task_id = request.task_id.as_str();
    let about = About { job_id: request.job_id, task_id, ..About::default() };
    let args = session.args().add(request.job_id).add(task_id);
    let mut reply = session.verb(Verb::cancel_task, Kind::Repeatable, args, &about).await?;
    session.carry_on(reply.flag()?).await
}
