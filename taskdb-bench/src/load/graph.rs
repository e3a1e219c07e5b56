//! The graphs of the workloads, without their first task, `init`, which comes with
//! the job. In each of them `init` is the first node of the shape.

use taskdb::INIT_TASK;

/// A task and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) after: Vec<String>,
}

/// Layers that each wait for the one before.
const LAYERS: usize = 20;
/// How many tasks of the layer before a task waits for.
const SPREAD: usize = 3;
/// Groups between the leaves and the end of a wide fan-in.
const GROUPS: usize = 100;
/// Prerequisites that one task may have.
const WIDEST: usize = 1_000;

/// Tasks that wait for nothing, with `init` so many.
pub(crate) fn flat(tasks: usize) -> Vec<Node> {
    (1..tasks).map(|n| node(n, [])).collect()
}

/// Leaves, and one task that waits for all; more than a thousand through groups.
pub(crate) fn fan_in(leaves: usize) -> Vec<Node> {
    let mut nodes = flat(leaves);
    let mut last = (0, leaves);
    if leaves > WIDEST {
        let groups = GROUPS.max(leaves.div_ceil(WIDEST));
        let first = |group: usize| group * leaves / groups;
        nodes.extend((0..groups).map(|g| node(leaves + g, first(g)..first(g + 1))));
        last = (leaves, leaves + groups);
    }
    nodes.push(node(last.1, last.0..last.1));
    nodes
}

/// Tasks that all wait for `init`.
pub(crate) fn fan_out(dependants: usize) -> Vec<Node> {
    (1..=dependants).map(|n| node(n, [0])).collect()
}

/// About so many tasks in twenty layers, each waiting for three of the layer before.
pub(crate) fn layers(tasks: usize) -> Vec<Node> {
    let width = (tasks / LAYERS).max(SPREAD);
    let layered = |n: usize| match n / width {
        0 => node(n, []),
        layer => {
            let before = (layer - 1) * width;
            node(n, (0..SPREAD).map(|k| before + (n + k) % width))
        }
    };
    (1..LAYERS * width).map(layered).collect()
}

/// Tasks of which each waits for the one before.
pub(crate) fn chain(tasks: usize) -> Vec<Node> {
    (1..tasks).map(|n| node(n, [n - 1])).collect()
}

/// Leaves that are combined two by two until one is left.
pub(crate) fn tree(leaves: usize) -> Vec<Node> {
    let mut nodes = flat(leaves);
    let mut level: Vec<usize> = (0..leaves).collect();
    let mut next = leaves;
    while level.len() > 1 {
        let pairs = level.chunks(2).map(<[usize]>::to_vec).collect::<Vec<_>>();
        level = (next..next + pairs.len()).collect();
        next += pairs.len();
        nodes.extend(level.iter().zip(pairs).map(|(n, pair)| node(*n, pair)));
    }
    nodes
}

fn node(number: usize, after: impl IntoIterator<Item = usize>) -> Node {
    Node { name: name(number), after: after.into_iter().map(name).collect() }
}

fn name(number: usize) -> String {
    if number == 0 { INIT_TASK.to_owned() } else { format!("task-{number}") }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Tasks with `init`, edges, tasks that wait for nothing, the most one waits for;
    /// every prerequisite must be older.
    fn measure(nodes: &[Node]) -> (usize, usize, usize, usize) {
        let mut known = HashSet::from([INIT_TASK.to_owned()]);
        for node in nodes {
            let distinct: HashSet<_> = node.after.iter().collect();
            assert_eq!(distinct.len(), node.after.len(), "{node:?}");
            assert!(node.after.iter().all(|name| known.contains(name)), "{node:?}");
            assert!(known.insert(node.name.clone()), "{node:?}");
        }
        let widths = || nodes.iter().map(|node| node.after.len());
        let free = 1 + widths().filter(|width| *width == 0).count();
        (known.len(), widths().sum(), free, widths().max().unwrap_or(0))
    }

    #[test]
    fn shapes_are_what_their_names_say() {
        assert_eq!(measure(&flat(10)), (10, 0, 10, 0));
        assert_eq!(measure(&fan_in(1_000)), (1_001, 1_000, 1_000, 1_000));
        assert_eq!(measure(&fan_in(10_000)), (10_101, 10_100, 10_000, 100));
        assert_eq!(measure(&fan_in(100_000)), (100_101, 100_100, 100_000, 1_000));
        assert_eq!(measure(&fan_out(9_999)), (10_000, 9_999, 1, 1));
        assert_eq!(measure(&layers(10_000)), (10_000, 28_500, 500, 3));
        assert_eq!(measure(&chain(10_000)), (10_000, 9_999, 1, 1));
        assert_eq!(measure(&tree(4_096)), (8_191, 8_190, 4_096, 2));
    }

    #[test]
    fn the_smallest_shapes_are_sound() {
        assert_eq!(measure(&flat(1)), (1, 0, 1, 0));
        assert_eq!(measure(&fan_in(1)), (2, 1, 1, 1));
        assert_eq!(measure(&tree(1)), (1, 0, 1, 0));
        assert_eq!(measure(&tree(3)), (6, 5, 3, 2));
        assert_eq!(measure(&layers(1)), (60, 171, 3, 3));
    }
}
