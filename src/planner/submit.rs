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
    mut to_task: impl FnMut(&P::Task) -> NewTask,
) -> Result<usize> {
    let mut created = 0;
    loop {
        let batch = next_batch(db.limits(), plan, &mut to_task);
        if batch.is_empty() {
            return Ok(created);
        }
        let size = batch.len();
        db.create_tasks(job_id, batch).await?;
        plan.mark_read(size);
        created += size;
    }
}

/// As many of the tasks that were not read yet as fit into one call; none if there are none.
pub(crate) fn next_batch<P: Plan>(
    limits: &Limits,
    plan: &P,
    to_task: impl FnMut(&P::Task) -> NewTask,
) -> Vec<NewTask> {
    limits.batch(plan.unread().iter().map(to_task))
}
