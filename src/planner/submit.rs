//! From a plan, finished or still growing, to the tasks of a job. Who runs them is not
//! known here.

use taskdb_core::{Limits, NewTask, Result, TaskDb};
use uuid::Uuid;

use super::Planner;
use super::task::Task;

/// A growing list of tasks of which some have been read: what [`submit`] takes.
///
/// The tasks that are there never change, and each comes after all that it waits for.
pub trait Plan {
    /// A task as the plan describes it.
    type Task;

    /// The tasks that were not read yet, in the order of creation.
    fn unread(&self) -> &[Self::Task];

    /// Counts the first `count` of them as read.
    fn mark_read(&mut self, count: usize);
}

impl Plan for Planner {
    type Task = Task;

    fn unread(&self) -> &[Task] {
        self.tasks.unread()
    }

    fn mark_read(&mut self, count: usize) {
        self.tasks.mark_read(count);
    }
}

/// Creates the tasks of a plan that were not read yet, in as many calls as the limits of
/// the engine ask for; returns how many. Call it again whenever the plan has grown.
///
/// Tasks count as read once the store has acknowledged them. So after an error, or when
/// the call was dropped, it goes on where it was. After a crash, plan again from the
/// beginning and submit again: what is there already stays as it is, whatever has
/// become of it, and the rest is added. That holds as long as `to_task` makes equal
/// tasks of equal ones; a definition with a time or a random number in it is refused
/// the second time.
///
/// Submit while the task that plans is running, best from its own worker: a job whose
/// tasks are all done has ended, and would run again when more is added.
///
/// ```
/// use serde_json::json;
/// use taskdb::planner::{submit, tree::Tree};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// # let db = taskdb::connect("memory:").await?;
/// # let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
/// # let job = db.create_job(&cpu, &json!({}), 3, 300, "alice").await?;
/// let mut tree = Tree::new("sum");
/// for chapter in 0..2_000 {
///     tree.enqueue(chapter)?;
///     if chapter % 100 == 99 {
///         submit(&db, &job, &mut tree, |node| node.task(cpu, json!(node.leaf()))).await?;
///     }
/// }
/// tree.finish()?;
/// submit(&db, &job, &mut tree, |node| node.task(cpu, json!(node.leaf()))).await?;
/// assert_eq!(db.get_job_unresolved(&job).await?, 1 + 2_000 + 1_999);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`create_tasks`](TaskDb::create_tasks): `AlreadyExists` when a task of that
/// name differs, `JobFinished` when the job has failed or was cancelled meanwhile. The
/// calls before the refused one have had their effect.
pub async fn submit<P: Plan>(
    db: &TaskDb,
    job_id: &Uuid,
    plan: &mut P,
    to_task: impl FnMut(&P::Task) -> NewTask,
) -> Result<usize> {
    let mut calls = Calls::new(*db.limits(), plan, to_task);
    while let Some(batch) = calls.next_batch() {
        db.create_tasks(job_id, batch).await?;
        calls.acknowledge();
    }
    Ok(calls.created)
}

/// The calls of one submission. What a call was to create counts as read only when it
/// was acknowledged; until then, the next batch is the same again.
pub(crate) struct Calls<'a, P, F> {
    limits: Limits,
    plan: &'a mut P,
    to_task: F,
    sent: usize,
    /// The tasks of the calls that were acknowledged.
    pub(crate) created: usize,
}

impl<'a, P: Plan, F: FnMut(&P::Task) -> NewTask> Calls<'a, P, F> {
    pub(crate) fn new(limits: Limits, plan: &'a mut P, to_task: F) -> Self {
        Self { limits, plan, to_task, sent: 0, created: 0 }
    }

    /// As many tasks as fit into one call; `None` when all are read.
    pub(crate) fn next_batch(&mut self) -> Option<Vec<NewTask>> {
        let batch = self.limits.batch(self.plan.unread().iter().map(&mut self.to_task));
        self.sent = batch.len();
        Some(batch).filter(|batch| !batch.is_empty())
    }

    pub(crate) fn acknowledge(&mut self) {
        self.plan.mark_read(self.sent);
        self.created += self.sent;
    }
}
