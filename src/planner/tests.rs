//! What every plan must be, however many leaves it has and whenever it is read.
//!
//! The rules are checked on the finished list of tasks, without the code that made it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::task::{Command, Task};
use super::tree::{Node, Tree};
use super::{Plan, Planner, PlannerErr};

const MOST_LEAVES: usize = 2_000;

/// A task without its purpose.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    height: u32,
    inputs: Vec<usize>,
}

impl Shape {
    fn of(task: &Task) -> Self {
        Self { height: task.task_height, inputs: task.inputs().collect() }
    }

    fn of_node<L>(node: &Node<L>) -> Self {
        Self { height: node.height(), inputs: node.inputs().to_vec() }
    }
}

/// Follows a growing tree task by task, and fails on the first that breaks a rule.
#[derive(Debug, Clone, Default)]
struct Checker {
    /// The leaves below each task, as a range of their places.
    covers: Vec<(usize, usize)>,
    heights: Vec<u32>,
    /// The tasks that nobody has combined yet, by their first leaf.
    open: BTreeMap<usize, usize>,
    leaves: usize,
}

impl Checker {
    /// Takes the next task. Its inputs must be open and neighbours, from left to right.
    fn take(&mut self, shape: &Shape) {
        let number = self.covers.len();
        let cover = match shape.inputs[..] {
            [] => {
                assert_eq!(shape.height, 0);
                self.leaves += 1;
                (self.leaves - 1, self.leaves)
            }
            [first, ..] => {
                let start = self.covers[first].0;
                let end = shape.inputs.iter().fold(start, |place, &input| {
                    assert_eq!(self.open.remove(&place), Some(input), "order of {shape:?}");
                    self.covers[input].1
                });
                let largest = shape.inputs.iter().map(|&input| self.heights[input]).max();
                assert_eq!(Some(shape.height), largest.map(|height| height + 1));
                (start, end)
            }
        };
        self.covers.push(cover);
        self.heights.push(shape.height);
        assert_eq!(self.open.insert(cover.0, number), None);
    }

    /// Nothing that could be combined is left over.
    fn assert_eager(&self, fan_in: usize) {
        let mut counts = BTreeMap::<u32, usize>::new();
        for &number in self.open.values() {
            let count = counts.entry(self.heights[number]).or_default();
            *count += 1;
            assert!(*count < fan_in, "{} leaves: {:?}", self.leaves, self.open);
        }
    }

    /// One task covers all leaves, and it is `root`.
    fn assert_complete(&self, root: usize) {
        assert_eq!(self.covers[root], (0, self.leaves));
        assert_eq!(self.open, BTreeMap::from([(0, root)]));
    }
}

/// The least height of a tree over so many leaves.
fn least_height(leaves: usize, fan_in: usize) -> u32 {
    let mut height = 0;
    while fan_in.pow(height) < leaves {
        height += 1;
    }
    height
}

/// For each number of leaves: the plan so far, then one finished on the spot.
fn check_each_size(
    enqueue: fn(&mut Planner) -> Result<usize, PlannerErr>,
    root: fn(&Task) -> Option<usize>,
    highest: fn(usize) -> u32,
) {
    let (mut planner, mut so_far) = (Planner::default(), Checker::default());
    for leaves in 1..=MOST_LEAVES {
        enqueue(&mut planner).unwrap();
        while let Some(task) = planner.next_task() {
            so_far.take(&Shape::of(task));
        }
        so_far.assert_eager(2);
        let (mut finished, mut checker) = (planner.clone(), so_far.clone());
        let last = finished.finish().unwrap();
        assert_eq!((last, finished.task_count()), (2 * leaves - 1, 2 * leaves));
        while let Some(task) = finished.next_task().filter(|task| task.task_number != last) {
            checker.take(&Shape::of(task));
        }
        let finalize = finished.get_task(last);
        assert_eq!((finalize.command, finalize.inputs().count()), (Command::Finalize, 1));
        let root = root(finalize).unwrap();
        checker.assert_complete(root);
        assert_eq!(finished.get_task(root).task_height, highest(leaves));
        assert_eq!(finalize.task_height, highest(leaves) + 1);
    }
}

#[test]
fn every_number_of_segments_makes_the_lowest_tree() {
    check_each_size(
        Planner::enqueue_segment,
        |task| task.depends_on.first().copied(),
        |leaves| least_height(leaves, 2),
    );
}

#[test]
fn every_number_of_keccaks_makes_a_tree_from_the_largest_on() {
    check_each_size(
        Planner::enqueue_keccak,
        |task| task.keccak_depends_on.front().copied(),
        |leaves| leaves.ilog2() + leaves.count_ones() - 1,
    );
}

/// Number, command, height, and both lists of inputs of a task.
type Row = (usize, Command, u32, Vec<usize>, Vec<usize>);

fn rows(planner: &mut Planner) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(task) = planner.next_task() {
        let keccaks = task.keccak_depends_on.iter().copied().collect();
        let (number, height) = (task.task_number, task.task_height);
        rows.push((number, task.command, height, task.depends_on.clone(), keccaks));
    }
    rows
}

#[test]
fn a_plan_of_both_kinds_by_hand() {
    use Command::{Finalize, Join, Keccak, Segment, Union};
    let mut planner = Planner::default();
    for kind in "sskskskksskkkks".chars() {
        let enqueue = if kind == 's' { Planner::enqueue_segment } else { Planner::enqueue_keccak };
        enqueue(&mut planner).unwrap();
    }
    let leaf = |number, command| (number, command, 0, vec![], vec![]);
    let join = |number, height, left, right| (number, Join, height, vec![left, right], vec![]);
    let union = |number, height, left, right| (number, Union, height, vec![], vec![left, right]);
    let mut expected = vec![
        leaf(0, Segment),
        leaf(1, Segment),
        join(2, 1, 0, 1),
        leaf(3, Keccak),
        leaf(4, Segment),
        leaf(5, Keccak),
        union(6, 1, 3, 5),
        leaf(7, Segment),
        join(8, 1, 4, 7),
        join(9, 2, 2, 8),
        leaf(10, Keccak),
        leaf(11, Keccak),
        union(12, 1, 10, 11),
        union(13, 2, 6, 12),
        leaf(14, Segment),
        leaf(15, Segment),
        join(16, 1, 14, 15),
        leaf(17, Keccak),
        leaf(18, Keccak),
        union(19, 1, 17, 18),
        leaf(20, Keccak),
        leaf(21, Keccak),
        union(22, 1, 20, 21),
        union(23, 2, 19, 22),
        union(24, 3, 13, 23),
        leaf(25, Segment),
    ];
    assert_eq!(rows(&mut planner), expected);
    planner.enqueue_keccak().unwrap();
    planner.enqueue_keccak().unwrap();
    planner.enqueue_keccak().unwrap();
    assert_eq!(planner.finish().unwrap(), 34);
    expected = vec![
        leaf(26, Keccak),
        leaf(27, Keccak),
        union(28, 1, 26, 27),
        leaf(29, Keccak),
        join(30, 2, 16, 25),
        join(31, 3, 9, 30),
        union(32, 4, 24, 28),
        union(33, 5, 32, 29),
        (34, Finalize, 6, vec![31], vec![33]),
    ];
    assert_eq!(rows(&mut planner), expected);
}

#[test]
fn a_finished_plan_takes_nothing_more() {
    let mut planner = Planner::default();
    assert_eq!(planner.finish(), Err(PlannerErr::PlanNotStartedString));
    assert_eq!(planner.next_task(), None);
    assert_eq!(planner.task_count(), 0);
    assert_eq!(planner.enqueue_segment(), Ok(0));
    assert_eq!((planner.finish(), planner.finish()), (Ok(1), Ok(1)));
    assert_eq!(planner.enqueue_segment(), Err(PlannerErr::PlanFinalized));
    assert_eq!(planner.enqueue_keccak(), Err(PlannerErr::PlanFinalized));
    assert_eq!(planner.task_count(), 2);

    let mut tree = Tree::new("sum");
    assert_eq!(tree.finish(), Err(PlannerErr::PlanNotStartedString));
    assert_eq!(tree.enqueue("leaf"), Ok(0));
    assert_eq!((tree.finish(), tree.finish()), (Ok(0), Ok(0)));
    assert_eq!(tree.enqueue("late"), Err(PlannerErr::PlanFinalized));
    assert_eq!(tree.task_count(), 1);
}

#[test]
#[should_panic(expected = "no task 2 in a plan of 2")]
fn an_unknown_number_panics() {
    let mut planner = Planner::default();
    planner.enqueue_segment().unwrap();
    planner.finish().unwrap();
    planner.get_task(2);
}

#[test]
fn a_step_takes_at_least_two() {
    for fan_in in [0, 1] {
        let refusal = Tree::<()>::with_fan_in("sum", fan_in).unwrap_err().to_string();
        assert_eq!(refusal, format!("invalid `fan_in`: is {fan_in}; use 2 or more"));
    }
    assert!(Tree::<()>::with_fan_in("sum", 2).is_ok());
}

/// What is done to a plan, one after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Move {
    Segment,
    Keccak,
    Read,
    Skip(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let kinds = vec![Move::Segment, Move::Segment, Move::Keccak, Move::Read, Move::Skip(3)];
    prop::collection::vec(select(kinds), 0..400)
}

proptest! {
    /// Reading in between, by one or by several, changes neither the tasks nor their order.
    #[test]
    fn a_plan_does_not_depend_on_when_it_is_read(moves in moves()) {
        let (mut read_between, mut read_at_end) = (Planner::default(), Planner::default());
        let mut tasks = Vec::new();
        for step in moves {
            match step {
                Move::Segment => {
                    prop_assert_eq!(read_between.enqueue_segment(), read_at_end.enqueue_segment());
                }
                Move::Keccak => {
                    prop_assert_eq!(read_between.enqueue_keccak(), read_at_end.enqueue_keccak());
                }
                Move::Read => tasks.extend(read_between.next_task().cloned()),
                Move::Skip(count) => {
                    tasks.extend(read_between.unread().iter().take(count).cloned());
                    read_between.mark_read(count);
                }
            }
        }
        prop_assert_eq!(read_between.finish(), read_at_end.finish());
        tasks.extend(std::iter::from_fn(|| read_between.next_task().cloned()));
        let expected: Vec<Task> =
            std::iter::from_fn(|| read_at_end.next_task().cloned()).collect();
        prop_assert_eq!(tasks.len(), read_between.task_count());
        prop_assert_eq!(&tasks, &expected);
        for (number, task) in tasks.iter().enumerate() {
            prop_assert_eq!(task.task_number, number);
            prop_assert_eq!(task, read_between.get_task(number));
        }
    }

    /// With any fan-in the tree is whole, in order, eager and as low as can be.
    #[test]
    fn a_tree_of_any_fan_in_is_the_lowest(
        fan_in in 2_usize..12,
        leaves in 1..=MOST_LEAVES,
    ) {
        let (mut tree, mut checker) = (Tree::with_fan_in("t", fan_in).unwrap(), Checker::default());
        for leaf in 0..leaves {
            tree.enqueue(leaf).unwrap();
            while let Some(node) = tree.next_task() {
                prop_assert!(matches!(node.inputs().len(), inputs if inputs == 0 || inputs == fan_in));
                prop_assert_eq!(node.leaf().is_none_or(|&own| own == leaf), true);
                checker.take(&Shape::of_node(node));
            }
            checker.assert_eager(fan_in);
        }
        let root = tree.finish().unwrap();
        while let Some(node) = tree.next_task() {
            prop_assert!((2..=fan_in).contains(&node.inputs().len()));
            checker.take(&Shape::of_node(node));
        }
        checker.assert_complete(root);
        prop_assert_eq!(tree.get_task(root).height(), least_height(leaves, fan_in));
        prop_assert_eq!(tree.get_task(root).name(), tree.name_of(root));
        prop_assert_eq!(tree.name_of(root), format!("t-{}", tree.task_count() - 1));
    }
}
