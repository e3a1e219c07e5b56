//! `update_task_progress`: raises progress and counts the timeout anew.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskProgress;

use crate::conn::Kind;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &UpdateTaskProgress) -> Result<bool> {
    let about = super::about(&request.target);
    let args = session.args().target(&request.target).add(request.progress);
    session.verb(Verb::update_task_progress, Kind::Repeatable, args, &about).await?.flag()
}
