//! `update_task_failed`: stores failures, with their consequences.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskFailed;

use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

pub(crate) async fn run(
    session: &Session,
    request: &UpdateTaskFailed,
) -> Result<Vec<Result<bool>>> {
    let entries = &request.entries;
    let targets = || entries.iter().map(|entry| &entry.target);
    let errors: Vec<_> = entries.iter().map(|entry| entry.error.as_bytes()).collect();
    let args = session.args().targets(targets()).add(errors);
    let verb = Verb::update_task_failed;
    let mut reply = session.verb(verb, super::kind(targets()), args, &About::default()).await?;
    let unfinished = reply.flag()?;
    let answers = super::each(entries, &mut reply, |entry, answer| {
        answer.accepted(&super::about(&entry.target))?.flag()
    });
    session.carry_on(unfinished).await?;
    answers
}
