//! Places the tasks of a graph in layers: each to the right of those it takes input from.
//!
//! The usual three steps: the longest way from the start is the layer; an edge that
//! spans layers gets a bend in each; and the places within a layer follow, over a few
//! sweeps, the middle of the neighbours. The work grows with edges and bends, which
//! are bounded, so a graph of any size that can run is drawn.

use std::collections::BTreeMap;

use crate::graph::Graph;

/// Sweeps over all layers, there and back.
const SWEEPS: usize = 6;
/// Above so many bends, edges are drawn straight.
const BENDS: usize = 20_000;

/// Where everything is, in units of a layer and a row.
pub(super) struct Layout<'a> {
    /// The tasks with layer and row.
    pub(super) tasks: BTreeMap<&'a str, (usize, f64)>,
    /// Each edge with the points it goes through.
    pub(super) edges: Vec<Vec<(usize, f64)>>,
}

/// The layout as it is made: nodes are tasks first, then bends.
#[derive(Default)]
struct Sheet {
    layer: Vec<usize>,
    row: Vec<f64>,
    /// Neighbours in the layer before and the layer behind.
    before: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
    /// The nodes of each layer, from top to bottom.
    layers: Vec<Vec<usize>>,
}

/// Places a graph.
pub(super) fn place(graph: &Graph) -> Layout<'_> {
    let mut sheet = Sheet::default();
    let mut number = BTreeMap::new();
    for name in &graph.order {
        let inputs = graph.task(name).inputs.names();
        let layer = inputs.iter().map(|name| sheet.layer[number[name.as_str()]] + 1).max();
        number.insert(name.as_str(), sheet.add(layer.unwrap_or(0)));
    }
    let edges: Vec<(usize, usize)> = graph
        .order
        .iter()
        .flat_map(|name| graph.task(name).inputs.names().iter().map(move |input| (input, name)))
        .map(|(from, to)| (number[from.as_str()], number[to.as_str()]))
        .collect();
    let spans = edges.iter().map(|&(from, to)| sheet.layer[to] - sheet.layer[from] - 1);
    let bend = spans.sum::<usize>() <= BENDS;
    let ways: Vec<Vec<usize>> =
        edges.into_iter().map(|(from, to)| sheet.connect(from, to, bend)).collect();
    sheet.arrange();
    let at = |node: usize| (sheet.layer[node], sheet.row[node]);
    Layout {
        tasks: number.into_iter().map(|(name, node)| (name, at(node))).collect(),
        edges: ways.into_iter().map(|way| way.into_iter().map(at).collect()).collect(),
    }
}

impl Sheet {
    fn add(&mut self, layer: usize) -> usize {
        let node = self.layer.len();
        self.layers.resize_with(self.layers.len().max(layer + 1), Vec::new);
        self.row.push(self.layers[layer].len() as f64);
        self.layers[layer].push(node);
        self.layer.push(layer);
        self.before.push(Vec::new());
        self.behind.push(Vec::new());
        node
    }

    /// The nodes that an edge goes through.
    fn connect(&mut self, from: usize, to: usize, bend: bool) -> Vec<usize> {
        let mut way = vec![from];
        if bend {
            way.extend((self.layer[from] + 1..self.layer[to]).map(|layer| self.add(layer)));
        }
        way.push(to);
        for pair in way.windows(2) {
            self.behind[pair[0]].push(pair[1]);
            self.before[pair[1]].push(pair[0]);
        }
        way
    }

    fn arrange(&mut self) {
        for _ in 0..SWEEPS {
            for layer in 1..self.layers.len() {
                self.follow(layer, true);
            }
            for layer in (0..self.layers.len().saturating_sub(1)).rev() {
                self.follow(layer, false);
            }
        }
    }

    /// Orders a layer by the middle of the neighbours on one side, and moves its nodes
    /// there as far as they leave each other room.
    fn follow(&mut self, layer: usize, forth: bool) {
        let neighbours = if forth { &self.before } else { &self.behind };
        let middle = |&node: &usize| {
            let near = &neighbours[node];
            let sum: f64 = near.iter().map(|&near| self.row[near]).sum();
            let middle = if near.is_empty() { self.row[node] } else { sum / near.len() as f64 };
            (middle, node)
        };
        let mut wishes: Vec<(f64, usize)> = self.layers[layer].iter().map(middle).collect();
        wishes.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut free = f64::NEG_INFINITY;
        let mut rows = Vec::with_capacity(wishes.len());
        for &(wish, _) in &wishes {
            rows.push(wish.max(free));
            free = wish.max(free) + 1.0;
        }
        // What had to give way went down; all move up by what that was on average.
        let moved: f64 = rows.iter().zip(&wishes).map(|(row, (wish, _))| row - wish).sum();
        let up = moved / wishes.len().max(1) as f64;
        self.layers[layer] = wishes.iter().map(|&(_, node)| node).collect();
        for (row, (_, node)) in rows.into_iter().zip(wishes) {
            self.row[node] = row - up;
        }
    }
}

#[test]
fn edges_go_right_and_boxes_do_not_meet() {
    let mut text = String::new();
    for number in 0..200 {
        let mut needs: Vec<usize> = [number / 2, number * 7 % (number + 1), number / 3].to_vec();
        needs.retain(|&need| need < number);
        needs.sort_unstable();
        needs.dedup();
        let needs: Vec<String> = needs.iter().map(|need| format!("'t{need}'")).collect();
        text += &format!("[tasks.t{number}]\nrun = 'x'\nneeds = [{}]\n", needs.join(", "));
    }
    let graph = Graph::read(&text);
    let Layout { tasks, edges } = place(&graph);
    assert_eq!(tasks.len(), 200);
    let needs: usize = graph.tasks.values().map(|task| task.inputs.names().len()).sum();
    assert_eq!(edges.len(), needs);
    for way in &edges {
        assert!(way.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "{way:?}");
    }
    let mut places: Vec<(usize, f64)> = tasks.into_values().collect();
    places.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    for pair in places.windows(2) {
        assert!(pair[0].0 < pair[1].0 || pair[1].1 - pair[0].1 > 0.999, "{pair:?}");
    }
}
