//! The picture of a graph as DOT, for Graphviz and its kin.

use std::fmt::Write;

use super::text;
use crate::graph::{Graph, Inputs};

/// Tasks with a command for each line, or a tree of commands, have a double frame.
pub(super) fn draw(graph: &Graph) -> String {
    let mut dot =
        "digraph tasks {\n  rankdir=LR;\n  node [shape=box, fontname=monospace];\n".to_owned();
    for name in &graph.order {
        let task = graph.task(name);
        let frames = if matches!(task.inputs, Inputs::Needs(_)) { 1 } else { 2 };
        let tip = escaped(&text::command(&task.run));
        // Writing to a string does not fail.
        let _ = writeln!(dot, "  \"{name}\" [peripheries={frames}, tooltip=\"{tip}\"];");
    }
    for name in &graph.order {
        for input in graph.task(name).inputs.names() {
            let _ =
                writeln!(dot, "  \"{input}\" -> \"{name}\"{};", label(&graph.task(name).inputs));
        }
    }
    dot + "}\n"
}

fn label(inputs: &Inputs) -> &'static str {
    match inputs {
        Inputs::Needs(_) => "",
        Inputs::Each(_) => " [label=\"each line\"]",
        Inputs::Reduce { .. } => " [label=\"reduce\"]",
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
