//! Graphs of commands: what a TOML file says, once it has passed every check.

mod backoff;
mod check;
mod difference;
mod duration;
mod problem;
mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(crate) use backoff::Backoff;
pub(crate) use check::MAX_JOBS;
pub(crate) use duration::Millis;

/// A graph that can run. The engine keeps it as the definition of the job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Graph {
    /// The tasks by name.
    pub(crate) tasks: BTreeMap<String, Task>,
    /// The names, each after those it takes its input from, else as in the file.
    pub(crate) order: Vec<String>,
    /// The tasks no other task takes its input from, as in the file: their outputs are the result.
    pub(crate) sinks: Vec<String>,
    /// Workers of each type, where the file says so.
    pub(crate) jobs: Option<usize>,
    /// The working directory of every command, absolute.
    pub(crate) dir: PathBuf,
    /// Added to the environment of every command.
    pub(crate) env: BTreeMap<String, String>,
}

/// One task of a graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) run: Command,
    pub(crate) inputs: Inputs,
    pub(crate) worker_type: String,
    pub(crate) retries: i32,
    /// The pauses before retries.
    pub(crate) backoff: Backoff,
    /// How long one attempt may take.
    pub(crate) timeout: Option<Millis>,
    /// Added to the environment, after that of the graph.
    pub(crate) env: BTreeMap<String, String>,
}

/// What a task runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// A line for `sh -c`.
    Shell(String),
    /// A program and its arguments.
    Argv(Vec<String>),
}

/// Where a task takes its input from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inputs {
    /// One command, fed with the outputs of these.
    Needs(Vec<String>),
    /// One command for each line of this task's output.
    Each(String),
    /// A tree of commands, each fed with up to `fan_in` outputs of this task's commands.
    Reduce { of: String, fan_in: u64 },
}

impl Inputs {
    /// The tasks it names.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::Needs(names) => names,
            Self::Each(name) | Self::Reduce { of: name, .. } => std::slice::from_ref(name),
        }
    }
}

impl Graph {
    /// Reads and checks a file; the error is a text for the user.
    pub(crate) fn load(file: &Path) -> Result<Self, String> {
        let shown = file.display();
        let text =
            std::fs::read_to_string(file).map_err(|why| format!("cannot read {shown}: {why}"))?;
        let file =
            std::path::absolute(file).map_err(|why| format!("cannot locate {shown}: {why}"))?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        Self::parse(&text, folder).map_err(|problem| problem.show(&shown.to_string(), &text))
    }

    /// Checks the text of a file in `folder`.
    fn parse(text: &str, folder: &Path) -> Result<Self, problem::Problem> {
        raw::read(text)?.check(folder)
    }

    /// A graph that a test knows to be sound.
    #[cfg(test)]
    pub(crate) fn read(text: &str) -> Self {
        Self::parse(text, Path::new("/")).unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    /// The task of this name, which comes from the graph itself.
    pub(crate) fn task(&self, name: &str) -> &Task {
        &self.tasks[name]
    }

    /// Every worker type that a task asks for.
    pub(crate) fn worker_types(&self) -> BTreeSet<&str> {
        self.tasks.values().map(|task| task.worker_type.as_str()).collect()
    }

    /// The tasks whose commands are known only once a task has run: all that
    /// expand, and all that take input from such a task.
    pub(crate) fn late(&self) -> BTreeSet<&str> {
        let mut late = BTreeSet::new();
        for name in &self.order {
            let inputs = &self.task(name).inputs;
            let expands = matches!(inputs, Inputs::Each(_));
            if expands || inputs.names().iter().any(|name| late.contains(name.as_str())) {
                late.insert(name.as_str());
            }
        }
        late
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
