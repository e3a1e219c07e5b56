//! How a graph becomes tasks of the engine.
//!
//! A task whose commands are known from the start is one task of the engine, of
//! the same name. An expanding task (`each`) has commands only once the task it
//! reads has run, and so has every task behind it. For each of these *late* tasks
//! there is a chain of markers `NAME@1`, `NAME@2`, ..: tasks of the planner, each
//! of which ends with either [`Mark::Next`], having created the next marker, or
//! [`Mark::Known`], having created the commands. A marker waits for the markers
//! of the tasks it takes input from and follows their chains, so every wait is for
//! a task that exists. Creating and ending is one step of the engine, so a crash
//! anywhere leaves a graph that goes on where it was.
//!
//! All of this is computed from the graph and the outputs of markers: running a
//! step again creates the same tasks, which the engine accepts as the same.

mod batch;
mod grow;
mod names;

use serde::{Deserialize, Serialize};

pub(crate) use batch::{Batch, cut};
pub(crate) use grow::{commands, expansion, marker, static_tasks};
pub(crate) use names::Group;

/// The worker type of markers and gates.
pub(crate) const PLANNER: &str = "taskdb-planner";

/// What a task of the engine does: its definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// The first task of the job: creates all that is known from the start.
    Start { graph: Box<crate::graph::Graph> },
    /// Creates the rest of that, from this entry on.
    Continue { offset: usize, at: u64 },
    /// Creates the commands of a late task once those of its inputs are known.
    Plan { task: String, offset: usize, at: u64 },
    /// Creates one command for each line of the outputs of `inputs`.
    Expand { task: String, inputs: Group, offset: usize, at: u64 },
    /// Does nothing: many commands are awaited through a few of these.
    Gate,
    /// Runs the command of `task`, fed with the outputs of `inputs` in order, or with a line.
    Run { task: String, inputs: Vec<Group>, item: Option<String> },
}

/// The output of a marker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    /// There is one more marker.
    Next,
    /// The commands are created.
    Known(Known),
}

/// The commands of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Those whose outputs are the task's output, in order.
    pub(crate) outputs: Group,
    /// The tasks to wait for, which end no sooner than all of these.
    pub(crate) wait: Group,
}

impl Known {
    /// Of a task that is one command.
    pub(crate) fn one(name: &str) -> Self {
        Self { outputs: Group::one(name), wait: Group::one(name) }
    }
}

/// A task to create.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) step: Step,
    /// What it waits for.
    pub(crate) after: Vec<String>,
}

#[cfg(test)]
mod tests;
