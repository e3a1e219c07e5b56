//! `update_task_retry`: ends an attempt.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskRetry;

use crate::args::micros;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(session: &Session, request: &UpdateTaskRetry) -> Result<bool> {
    let about = super::about(&request.target);
    let args = session.args().target(&request.target).add(request.delay.map(micros));
    let kind = super::kind(std::iter::once(&request.target));
    let mut reply = session.verb(Verb::update_task_retry, kind, args, &about).await?;
    let again = reply.flag()?;
    session.carry_on(reply.flag()?).await?;
    Ok(again)
}
