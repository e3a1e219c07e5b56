//! `update_task_done`: stores results and lets dependants go on, together with others.

use std::sync::Arc;

use taskdb_core::Result;
use taskdb_core::request::{Completion, UpdateTaskDone};

use crate::combine::Combiner;
use crate::conn::Kind;
use crate::reply::About;
use crate::session::Session;
use crate::sql::Verb;

/// The most entries that travel in one statement.
const MOST: usize = 1_000;

/// The results under way. Those without a claim go alone: they must not be sent again.
#[derive(Default)]
pub(crate) struct Dones(Combiner<Arc<UpdateTaskDone>, Vec<Result<bool>>>);

impl Dones {
    pub(crate) async fn run(
        &self,
        session: &Arc<Session>,
        request: UpdateTaskDone,
    ) -> Result<Vec<Result<bool>>> {
        let (request, own) = (Arc::new(request), Arc::clone(session));
        if super::kind(request.entries.iter().map(|entry| &entry.target)) == Kind::Once {
            let mut answers = finish(own, Arc::from([request])).await?;
            return Ok(answers.pop().unwrap_or_default());
        }
        let size = request.entries.len();
        let run = move |requests| finish(Arc::clone(&own), requests);
        self.0.call(request, size, MOST, run).await
    }
}

/// Finishes tasks for several callers at once, in their order.
async fn finish(
    session: Arc<Session>,
    requests: Arc<[Arc<UpdateTaskDone>]>,
) -> Result<Vec<Vec<Result<bool>>>> {
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
    session.carry_on(unfinished).await?;
    Ok(requests.iter().map(|r| answers.by_ref().take(r.entries.len()).collect()).collect())
}
