//! Plans: from a stream of leaves to a balanced tree of tasks, known while it grows.
//!
//! [`Planner`] plans proofs, of segments and keccaks; [`tree::Tree`] anything that is
//! brought down to one result by combining neighbours. Both only number tasks and say
//! what each waits for. [`submit`] makes tasks of a job of them; nothing here runs tasks.
//!
//! A plan depends on what was enqueued, in that order, and on nothing else: not on when
//! it is read, nor on who makes it. So a planner that has died half way is repeated by
//! another that starts from the beginning.

mod error;
mod peaks;
mod sequence;
mod submit;
pub mod task;
pub mod tree;

#[cfg(test)]
mod tests;

pub use error::PlannerErr;
use peaks::Peaks;
use sequence::Sequence;
pub(crate) use submit::Calls;
pub use submit::{Plan, submit};
use task::{Command, Task};

/// Plans a proof while its segments and keccaks arrive.
///
/// Two results of equal height are joined as soon as there are two, so proving can
/// start at once and the tree is as low as can be. Segments are joined in their order.
///
/// ```
/// use taskdb::planner::Planner;
/// use taskdb::planner::task::Command;
///
/// let mut planner = Planner::default();
/// assert_eq!(planner.enqueue_segment()?, 0);
/// assert_eq!(planner.enqueue_segment()?, 1);
/// let join = planner.get_task(2);
/// assert_eq!((join.command, &join.depends_on[..]), (Command::Join, &[0, 1][..]));
///
/// let last = planner.finish()?;
/// while let Some(task) = planner.next_task() {
///     assert!(task.inputs().all(|input| input < task.task_number));
/// }
/// assert_eq!(planner.get_task(last).command, Command::Finalize);
/// # Ok::<(), taskdb::planner::PlannerErr>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Planner {
    tasks: Sequence<Task>,
    segments: Peaks,
    keccaks: Peaks,
    last: Option<usize>,
}

impl Planner {
    /// Adds a segment, and every join that it makes possible; returns its number.
    ///
    /// # Errors
    ///
    /// `PlanFinalized` after [`finish`](Self::finish).
    pub fn enqueue_segment(&mut self) -> Result<usize, PlannerErr> {
        let leaf = self.leaf(Command::Segment)?;
        let tasks = &mut self.tasks;
        self.segments.add(leaf, |inputs, height| push_join(tasks, inputs, height));
        Ok(leaf)
    }

    /// Adds a keccak, and every union that it makes possible; returns its number.
    ///
    /// # Errors
    ///
    /// `PlanFinalized` after [`finish`](Self::finish).
    pub fn enqueue_keccak(&mut self) -> Result<usize, PlannerErr> {
        let leaf = self.leaf(Command::Keccak)?;
        let tasks = &mut self.tasks;
        self.keccaks.add(leaf, |inputs, height| push_union(tasks, inputs, height));
        Ok(leaf)
    }

    /// Joins what remains, smallest first, unites what remains, largest first, and adds
    /// [`Finalize`](Command::Finalize); returns its number. Again: the same number.
    ///
    /// A plan of keccaks alone is one too: its `Finalize` has no `depends_on`.
    ///
    /// # Errors
    ///
    /// `PlanNotStartedString` when nothing was enqueued; the plan stays open.
    pub fn finish(&mut self) -> Result<usize, PlannerErr> {
        if let Some(last) = self.last {
            return Ok(last);
        }
        let tasks = &mut self.tasks;
        let segments =
            self.segments.close_smallest_first(|inputs, height| push_join(tasks, inputs, height));
        let keccaks =
            self.keccaks.close_largest_first(|inputs, height| push_union(tasks, inputs, height));
        let roots = segments.into_iter().chain(keccaks);
        let largest = roots.map(|root| tasks.get(root).task_height).max();
        let height = largest.ok_or(PlannerErr::PlanNotStartedString)? + 1;
        let last = tasks.push(|number| {
            Task::new(number, height, Command::Finalize, segments.as_slice(), keccaks.as_slice())
        });
        self.last = Some(last);
        Ok(last)
    }

    /// The next task in the order of creation. `None` when there is none yet: after more
    /// was enqueued, or after [`finish`](Self::finish), there may be.
    pub fn next_task(&mut self) -> Option<&Task> {
        self.tasks.next()
    }

    /// The task of a number.
    ///
    /// # Panics
    ///
    /// When the plan has no task of this number.
    pub fn get_task(&self, task_number: usize) -> &Task {
        self.tasks.get(task_number)
    }

    /// How many tasks there are so far, read or not.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    fn leaf(&mut self, command: Command) -> Result<usize, PlannerErr> {
        if self.last.is_some() {
            return Err(PlannerErr::PlanFinalized);
        }
        Ok(self.tasks.push(|number| Task::new(number, 0, command, &[], &[])))
    }
}

fn push_join(tasks: &mut Sequence<Task>, inputs: &[usize], height: u32) -> usize {
    tasks.push(|number| Task::new(number, height, Command::Join, inputs, &[]))
}

fn push_union(tasks: &mut Sequence<Task>, inputs: &[usize], height: u32) -> usize {
    tasks.push(|number| Task::new(number, height, Command::Union, &[], inputs))
}
