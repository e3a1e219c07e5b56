//! `update_task_done`: stores results and lets dependants go on, together with others.

use std::sync::Arc;

use taskdb_core::Result;
use taskdb_core::request::{Completion, UpdateTaskDone};

use crate::args::Args;
use crate::conn::Kind;
use crate::lanes::{Dones, Lanes};
use crate::reply::{About, Reply};
use crate::session::Session;
use crate::sql::Verb;

/// Results without a claim go alone: they must not be sent again.
pub(crate) async fn run(
    session: &Arc<Session>,
    lanes: &Lanes,
    request: UpdateTaskDone,
) -> Result<Vec<Result<bool>>> {
    let kind = super::kind(request.entries.iter().map(|entry| &entry.target));
    let dones = match kind {
        Kind::Once => alone(session, &request).await?,
        _ => lanes.done(session, Arc::new(request)).await?,
    };
    session.carry_on(dones.unfinished).await?;
    Ok(dones.answers)
}

async fn alone(session: &Session, request: &UpdateTaskDone) -> Result<Dones> {
    let args = add(session, session.args(), &[request]);
    let verb = Verb::update_task_done;
    let mut reply = session.verb(verb, Kind::Once, args, &About::default()).await?;
    let mut dones = read(session, &[request], &mut reply)?;
    dones.pop().ok_or_else(|| crate::error::corrupt("a result has no answer"))
}

/// Adds the sixteen arguments of results.
pub(crate) fn add(session: &Session, args: Args, requests: &[&UpdateTaskDone]) -> Args {
    let entries: Vec<&Completion> = requests.iter().flat_map(|r| &r.entries).collect();
    let children =
        || entries.iter().zip(1..).flat_map(|(e, n)| e.children.iter().map(move |c| (n, c)));
    let specs: Vec<_> = children().map(|(_, child)| child).collect();
    args.add((!requests.is_empty()).then(|| session.max_tasks()))
        .targets(entries.iter().map(|entry| &entry.target))
        .add(entries.iter().map(|entry| entry.output.as_str()).collect::<Vec<_>>())
        .add(children().map(|(entry, _)| entry).collect::<Vec<i32>>())
        .specs(&specs)
}

/// Reads the answers to each request.
pub(crate) fn read(
    session: &Session,
    requests: &[&UpdateTaskDone],
    reply: &mut Reply,
) -> Result<Vec<Dones>> {
    let entries: Vec<&Completion> = requests.iter().flat_map(|r| &r.entries).collect();
    let unfinished = reply.flag()?;
    let max_tasks = session.limits.tasks_per_job;
    let mut answers = super::each(&entries, reply, |entry, answer| {
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
