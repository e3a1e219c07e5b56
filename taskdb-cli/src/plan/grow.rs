//! What each step creates.

use super::names::{Group, member};
use super::{Known, Spec, Step};
use crate::graph::{Graph, Inputs};

/// Commands awaited through one gate.
const GATE: u64 = 500;

/// The name of a marker.
pub(crate) fn marker(task: &str, at: u64) -> String {
    format!("{task}@{at}")
}

/// All tasks of the engine that are known from the start, prerequisites first.
pub(crate) fn static_tasks(graph: &Graph) -> Vec<Spec> {
    let late = graph.late();
    let mut specs = Vec::new();
    for name in &graph.order {
        let inputs = &graph.task(name).inputs;
        let late_inputs: Vec<&String> =
            inputs.names().iter().filter(|name| late.contains(name.as_str())).collect();
        if !late_inputs.is_empty() {
            let step = Step::Plan { task: name.clone(), offset: 0, at: 1 };
            let after = late_inputs.into_iter().map(|name| marker(name, 1)).collect();
            specs.push(Spec { name: marker(name, 1), step, after });
        } else if let Inputs::Each(of) = inputs {
            specs.push(expander(name, &Known::one(of), 1));
        } else {
            let known: Vec<Known> = inputs.names().iter().map(|name| Known::one(name)).collect();
            specs.extend(commands(graph, name, &known, 1).0);
        }
    }
    specs
}

/// The marker that reads the lines once they are there.
fn expander(task: &str, input: &Known, at: u64) -> Spec {
    let step = Step::Expand { task: task.to_owned(), inputs: input.outputs.clone(), offset: 0, at };
    Spec { name: marker(task, at), step, after: input.wait.names().collect() }
}

/// What a task becomes once its inputs are known, and how others refer to it; of
/// an expanding task that is marker `at`, and nobody can refer to it yet.
pub(crate) fn commands(
    graph: &Graph,
    task: &str,
    inputs: &[Known],
    at: u64,
) -> (Vec<Spec>, Option<Known>) {
    match (&graph.task(task).inputs, inputs) {
        (Inputs::Each(_), [input]) => (vec![expander(task, input, at)], None),
        (Inputs::Reduce { fan_in, .. }, [input]) => {
            (tree(task, &input.outputs, *fan_in), Some(Known::one(task)))
        }
        _ => {
            let after = inputs.iter().flat_map(|input| input.wait.names()).collect();
            let groups = inputs.iter().map(|input| input.outputs.clone()).collect();
            (vec![run(task, task.to_owned(), groups, after)], Some(Known::one(task)))
        }
    }
}

fn run(task: &str, name: String, inputs: Vec<Group>, after: Vec<String>) -> Spec {
    Spec { name, step: Step::Run { task: task.to_owned(), inputs, item: None }, after }
}

/// A tree of commands over `leaves`: level `k` is named `task/k/1`, `task/k/2`, ..,
/// the last command `task`. Each waits for its own inputs only.
fn tree(task: &str, leaves: &Group, fan_in: u64) -> Vec<Spec> {
    let mut specs = Vec::new();
    let mut level = leaves.clone();
    for number in 1.. {
        if level.len() <= fan_in {
            break;
        }
        let row = member(task, number);
        let pieces = level.pieces(fan_in);
        level = Group::row(row.clone(), pieces.len() as u64);
        specs.extend(pieces.into_iter().zip(level.names()).map(|(piece, name)| {
            let after = piece.names().collect();
            run(task, name, vec![piece], after)
        }));
    }
    let after = level.names().collect();
    specs.push(run(task, task.to_owned(), vec![level], after));
    specs
}

/// One command for each line, with gates between them, and how others refer to the commands.
pub(crate) fn expansion<'a>(
    task: &'a str,
    lines: &'a [&'a str],
) -> (impl Iterator<Item = Spec> + 'a, Known) {
    let outputs = Group::row(task, lines.len() as u64);
    let gates = outputs.pieces(GATE);
    let wait = Group::row(format!("{task}@gate"), gates.len() as u64);
    let known = Known { outputs, wait: wait.clone() };
    let mut number = 0;
    let specs = gates.into_iter().enumerate().flat_map(move |(index, members)| {
        let gate = member(&format!("{task}@gate"), index as u64 + 1);
        let first = number;
        number += members.len();
        let commands = (first..number).zip(members.names().collect::<Vec<_>>());
        let commands = commands.map(move |(line, name)| {
            let item = usize::try_from(line).ok().and_then(|line| lines.get(line));
            let item = item.map(|line| (*line).to_owned());
            let step = Step::Run { task: task.to_owned(), inputs: Vec::new(), item };
            Spec { name, step, after: Vec::new() }
        });
        let after = members.names().collect();
        commands.chain(std::iter::once(Spec { name: gate, step: Step::Gate, after }))
    });
    (specs, known)
}
