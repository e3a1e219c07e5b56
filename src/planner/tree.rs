//! The general plan: any leaves, any step that combines neighbours. What either does is
//! for the caller's workers; the tree only says which tasks there are.

use std::sync::Arc;

use taskdb_core::{NewTask, Result, TaskDbErr};
use uuid::Uuid;

use super::peaks::Peaks;
use super::sequence::Sequence;
use super::{Plan, PlannerErr};

/// Plans how a stream of leaves is brought down to one result.
///
/// Up to `fan_in` neighbours are combined at a time, as soon as there are so many of
/// equal height, and always in their order: the step need be associative only. The
/// finished tree is as low as one of that fan-in can be. With a single leaf that leaf is
/// the root, and nothing is combined.
///
/// ```
/// use taskdb::planner::tree::Tree;
///
/// let mut tree = Tree::new("sum");
/// for chapter in ["one", "two", "three"] {
///     tree.enqueue(chapter)?;
/// }
/// let root = tree.finish()?;
/// assert_eq!(tree.name_of(root), "sum-4");
///
/// let mut lines = Vec::new();
/// while let Some(node) = tree.next_task() {
///     let after: Vec<_> = node.after().collect();
///     lines.push(match node.leaf() {
///         Some(chapter) => format!("{}: count {chapter}", node.name()),
///         None => format!("{}: add {}", node.name(), after.join(" and ")),
///     });
/// }
/// assert_eq!(lines, [
///     "sum-0: count one",
///     "sum-1: count two",
///     "sum-2: add sum-0 and sum-1",
///     "sum-3: count three",
///     "sum-4: add sum-2 and sum-3",
/// ]);
/// # Ok::<(), taskdb::planner::PlannerErr>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tree<L> {
    name: Arc<str>,
    nodes: Sequence<Node<L>>,
    peaks: Peaks,
    root: Option<usize>,
}

impl<L> Tree<L> {
    /// An empty tree that combines two at a time. Its tasks are called `name-0`,
    /// `name-1` and so on, so two trees of one job need two names.
    pub fn new(name: &str) -> Self {
        Self::empty(name, 2)
    }

    /// As [`new`](Self::new), combining up to `fan_in` at a time.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` below 2.
    pub fn with_fan_in(name: &str, fan_in: usize) -> Result<Self> {
        if fan_in < 2 {
            return Err(TaskDbErr::invalid("fan_in", format!("is {fan_in}; use 2 or more")));
        }
        Ok(Self::empty(name, fan_in))
    }

    fn empty(name: &str, fan_in: usize) -> Self {
        let (nodes, peaks) = (Sequence::default(), Peaks::new(fan_in));
        Self { name: name.into(), nodes, peaks, root: None }
    }

    /// Adds a leaf at the right end, and every step that it makes possible; returns its
    /// number.
    ///
    /// # Errors
    ///
    /// `PlanFinalized` after [`finish`](Self::finish).
    pub fn enqueue(&mut self, leaf: L) -> Result<usize, PlannerErr> {
        if self.root.is_some() {
            return Err(PlannerErr::PlanFinalized);
        }
        let (nodes, tree) = (&mut self.nodes, &self.name);
        let number = push(nodes, tree, 0, Work::Leaf(leaf));
        self.peaks.add(number, |inputs, height| {
            push(nodes, tree, height, Work::Combine(inputs.to_vec()))
        });
        Ok(number)
    }

    /// Combines what remains, smallest first; returns the number of the root. Again: the
    /// same number.
    ///
    /// # Errors
    ///
    /// `PlanNotStartedString` when there is no leaf; the plan stays open.
    pub fn finish(&mut self) -> Result<usize, PlannerErr> {
        let (nodes, tree) = (&mut self.nodes, &self.name);
        self.root = self.peaks.close_smallest_first(|inputs, height| {
            push(nodes, tree, height, Work::Combine(inputs.to_vec()))
        });
        self.root.ok_or(PlannerErr::PlanNotStartedString)
    }

    /// The next node in the order of creation, leaves and steps alike. `None` when there
    /// is none yet: after more was enqueued, or after [`finish`](Self::finish), there may be.
    pub fn next_task(&mut self) -> Option<&Node<L>> {
        self.nodes.next()
    }

    /// The node of a number.
    ///
    /// # Panics
    ///
    /// When the tree has no node of this number.
    pub fn get_task(&self, number: usize) -> &Node<L> {
        self.nodes.get(number)
    }

    /// How many nodes there are so far, read or not.
    pub fn task_count(&self) -> usize {
        self.nodes.len()
    }

    /// The name of the task of a number, there or not yet.
    pub fn name_of(&self, number: usize) -> String {
        task_name(&self.name, number)
    }
}

impl<L> Plan for Tree<L> {
    type Task = Node<L>;

    fn unread(&self) -> &[Node<L>] {
        self.nodes.unread()
    }

    fn mark_read(&mut self, count: usize) {
        self.nodes.mark_read(count);
    }
}

/// A leaf, or a step that combines earlier nodes. Once made, it never changes.
#[derive(Debug, Clone)]
pub struct Node<L> {
    number: usize,
    height: u32,
    work: Work<L>,
    tree: Arc<str>,
}

#[derive(Debug, Clone)]
enum Work<L> {
    Leaf(L),
    Combine(Vec<usize>),
}

impl<L> Node<L> {
    /// Its place in the order of creation, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// 0 for a leaf, else 1 more than that of its largest input.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// What was enqueued; `None` for a step that combines.
    pub fn leaf(&self) -> Option<&L> {
        match &self.work {
            Work::Leaf(leaf) => Some(leaf),
            Work::Combine(_) => None,
        }
    }

    /// The numbers of what it combines, from left to right; none for a leaf.
    pub fn inputs(&self) -> &[usize] {
        match &self.work {
            Work::Leaf(_) => &[],
            Work::Combine(inputs) => inputs,
        }
    }

    /// The name of its task.
    pub fn name(&self) -> String {
        task_name(&self.tree, self.number)
    }

    /// The names of the tasks of its [`inputs`](Self::inputs).
    pub fn after(&self) -> impl Iterator<Item = String> {
        self.inputs().iter().map(|&input| task_name(&self.tree, input))
    }

    /// The task for the engine: its name, after its inputs, with a definition of the
    /// caller's choice.
    pub fn task(&self, stream_id: Uuid, definition: serde_json::Value) -> NewTask {
        NewTask::new(self.name(), stream_id, definition).after(self.after())
    }
}

fn push<L>(nodes: &mut Sequence<Node<L>>, tree: &Arc<str>, height: u32, work: Work<L>) -> usize {
    nodes.push(|number| Node { number, height, work, tree: Arc::clone(tree) })
}

/// What follows the last hyphen is the number, so trees of different names never meet.
fn task_name(tree: &str, number: usize) -> String {
    format!("{tree}-{number}")
}
