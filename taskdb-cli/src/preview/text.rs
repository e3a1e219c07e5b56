//! The plan of a graph as text: what `--dry-run` prints.

use std::fmt::Write;

use crate::graph::{Command, Graph, Inputs, Task};

/// Every task in the order they become known, with what it waits for and its command.
pub(crate) fn text(graph: &Graph) -> String {
    let mut text = format!("# in {}\n", graph.dir.display());
    for name in &graph.order {
        let task = graph.task(name);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}: {}{}", inputs(&task.inputs), settings(task));
        for line in command(&task.run).lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    let _ = writeln!(text, "# result: {}", graph.sinks.join(", "));
    text
}

/// Where a task takes its input from, in words.
pub(super) fn inputs(inputs: &Inputs) -> String {
    match inputs {
        Inputs::Needs(names) if names.is_empty() => "at once".to_owned(),
        Inputs::Needs(names) => format!("after {}", names.join(", ")),
        Inputs::Each(name) => format!("for each line of {name}"),
        Inputs::Reduce { of, fan_in } => format!("as a tree over {of}, {fan_in} at a time"),
    }
}

fn settings(task: &Task) -> String {
    let mut text = String::new();
    if task.worker_type != "local" {
        let _ = write!(text, ", by workers of type {}", task.worker_type);
    }
    if task.retries > 0 {
        let _ = write!(text, ", up to {} attempts", i64::from(task.retries) + 1);
    }
    if let Some(timeout) = task.timeout {
        let _ = write!(text, ", {timeout} each");
    }
    text
}

/// A command as a shell would take it.
pub(super) fn command(command: &Command) -> String {
    match command {
        Command::Shell(line) => line.clone(),
        Command::Argv(words) => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[test]
fn words_are_quoted_for_a_shell() {
    let words = ["wc", "-w", "", "two words", "it's", "$A"].map(str::to_owned);
    let shown = command(&Command::Argv(words.to_vec()));
    assert_eq!(shown, r"wc -w '' 'two words' 'it'\''s' '$A'");
}
