//! `update_task_done`: stores results and lets dependants go on, together with others.

use std::sync::Arc;

use taskdb_core::Result;
use taskdb_core::request::{Completion, UpdateTaskDone};

use crate::conn::Kind;
use crate::error::corrupt;
use crate::lanes::{Dones, Lanes};
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

/// Hands results in; those without a claim alone, for they must not be sent again.
pub(crate) async fn run(
    session: &Arc<Session>,
    lanes: &Lanes,
    request: UpdateTaskDone,
) -> Result<Vec<Result<bool>>> {
    let dones = match super::kind(request.entries.iter().map(|entry| &entry.target)) {
        Kind::Once => finish(session, &[&request]).await?.pop(),
        _ => Some(lanes.done(session, request).await?),
    };
    let dones = dones.ok_or_else(|| corrupt("a result has no answer"))?;
    session.carry_on(dones.unfinished).await?;
    Ok(dones.answers)
}

/// Finishes tasks for several callers at once, in their order.
pub(crate) async fn finish(session: &Session, requests: &[&UpdateTaskDone]) -> Result<Vec<Dones>> {
    let entries: Vec<&Completion> = requests.iter().flat_map(|r| &r.entries).collect();
    let kind = super::kind(entries.iter().map(|entry| &entry.target));
    let children =
        || entries.iter().zip(1..).flat_map(|(e, n)| e.children.iter().map(move |c| (n, c)));
    let specs: Vec<_> = children().map(|(_, child)| child).collect();
    let args = session
        .args()
        .add(session.max_tasks())
        .targets(entries.iter().map(|entry| &entry.target))
        .add(entries.iter().map(|entry| entry.output.as_str()).collect::<Vec<_>>())
        .add(children().map(|(entry, _)| entry).collect::<Vec<i32>>())
        .specs(&specs);
    let mut reply = session.verb(Verb::update_task_done, kind, args, &About::default()).await?;
    let unfinished = reply.flag()?;
    let max_tasks = session.limits.tasks_per_job;
    let mut answers = super::each(&entries, &mut reply, |entry, answer| {
        let about = About { entries: &entry.children, max_tasks, ..super::about(&entry.target) };
        answer.accepted(&about)?.flag()
    })?
    .into_iter();
    let mut dones = |request: &&UpdateTaskDone| Dones {
        answers: answers.by_ref().take(request.entries.len()).collect(),
        unfinished,
    };
    Ok(requests.iter().map(&mut dones).collect())
}
