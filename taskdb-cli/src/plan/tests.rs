//! Plans as the engine would be told them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::graph::{Backoff, Command, Graph, Inputs, Task};

fn graph(tasks: &[(&str, Inputs)]) -> Graph {
    let task = |inputs: &Inputs| Task {
        run: Command::Shell("cat".into()),
        inputs: inputs.clone(),
        worker_type: "local".into(),
        retries: 0,
        backoff: Backoff::default(),
        timeout: None,
        env: Default::default(),
    };
    Graph {
        tasks: tasks.iter().map(|(name, inputs)| ((*name).to_owned(), task(inputs))).collect(),
        order: tasks.iter().map(|(name, _)| (*name).to_owned()).collect(),
        sinks: Vec::new(),
        jobs: None,
        dir: PathBuf::from("/"),
        env: Default::default(),
    }
}

fn needs(names: &[&str]) -> Inputs {
    Inputs::Needs(names.iter().map(|name| (*name).to_owned()).collect())
}

fn shown(specs: impl IntoIterator<Item = Spec>) -> Vec<String> {
    specs.into_iter().map(|spec| format!("{} < {}", spec.name, spec.after.join(" "))).collect()
}

#[test]
fn what_is_known_is_created_at_once_and_the_rest_has_markers() {
    let graph = graph(&[
        ("list", needs(&[])),
        ("count", Inputs::Each("list".into())),
        ("other", needs(&["list"])),
        ("sum", Inputs::Reduce { of: "count".into(), fan_in: 2 }),
        ("end", needs(&["other", "sum"])),
    ]);
    assert_eq!(
        shown(static_tasks(&graph)),
        ["list < ", "count@1 < list", "other < list", "sum@1 < count@1", "end@1 < sum@1"]
    );
}

#[test]
fn an_expansion_waits_through_gates() {
    let lines: Vec<String> = (1..=1_001).map(|n| n.to_string()).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (specs, known) = expansion("t", &lines);
    let specs: Vec<Spec> = specs.collect();
    assert_eq!(specs.len(), 1_004);
    assert_eq!(specs[500].name, "t@gate/1");
    assert_eq!((specs[500].after.len(), specs[1_003].after.len()), (500, 1));
    assert_eq!(known.wait.names().collect::<Vec<_>>(), ["t@gate/1", "t@gate/2", "t@gate/3"]);
    assert_eq!(known.outputs, Group::row("t", 1_001));
    let items = specs.iter().filter_map(|spec| match &spec.step {
        Step::Run { item, .. } => item.clone(),
        _ => None,
    });
    assert_eq!(items.collect::<Vec<_>>(), lines);
}

#[test]
fn an_empty_expansion_creates_nothing() {
    let (specs, known) = expansion("t", &[]);
    assert_eq!(specs.count(), 0);
    assert_eq!((known.outputs.names().count(), known.wait.names().count()), (0, 0));
}

#[test]
fn a_tree_ends_in_the_task_itself() {
    let graph = graph(&[("a", needs(&[])), ("t", Inputs::Reduce { of: "a".into(), fan_in: 2 })]);
    let tree = |count| {
        let known = Known { outputs: Group::row("a", count), wait: Group::row("a@gate", 1) };
        shown(commands(&graph, "t", &[known], 1).0)
    };
    assert_eq!(tree(0), ["t < "]);
    assert_eq!(tree(1), ["t < a/1"]);
    assert_eq!(
        tree(5),
        [
            "t/1/1 < a/1 a/2",
            "t/1/2 < a/3 a/4",
            "t/1/3 < a/5",
            "t/2/1 < t/1/1 t/1/2",
            "t/2/2 < t/1/3",
            "t < t/2/1 t/2/2",
        ]
    );
}

#[test]
fn batches_keep_the_limits_and_lose_nothing() {
    let lines = vec!["x"; 5_000];
    let all: Vec<Spec> = expansion("t", &lines).0.collect();
    let (mut joined, mut offset, mut calls) = (Vec::new(), Some(0), 0);
    while let Some(from) = offset {
        let batch = cut(all.iter().cloned(), from);
        let edges: usize = batch.specs.iter().map(|spec| spec.after.len()).sum();
        assert!(batch.specs.len() < 1_000 && edges <= 10_000);
        joined.extend(batch.specs);
        (offset, calls) = (batch.next, calls + 1);
    }
    assert_eq!((joined == all, calls), (true, 6));
    let names: BTreeSet<&String> = all.iter().map(|spec| &spec.name).collect();
    assert_eq!(names.len(), all.len());
    assert_eq!(cut(std::iter::empty(), 0).next, None);
}

#[test]
fn steps_survive_the_store() {
    let inputs = Group::row("a", 3);
    let step = Step::Expand { task: "t".into(), inputs, offset: 2, at: 1 };
    let json = serde_json::to_value(&step).unwrap();
    assert_eq!(json["step"], "expand");
    assert_eq!(serde_json::from_value::<Step>(json).unwrap(), step);
    let mark = serde_json::to_value(Mark::Known(Known::one("a"))).unwrap();
    assert_eq!(mark.to_string(), r#"{"known":{"outputs":{"of":"a"},"wait":{"of":"a"}}}"#);
}
