//! The planner's worker: carries out the steps that make the graph grow.

use anyhow::{Context, bail};
use serde_json::Value;
use taskdb::{ReadyTask, TaskDb, TaskDbErr};

use super::result::{follow, inputs_of};
use super::shared::{Shared, insist};
use crate::graph::Inputs;
use crate::plan::{self, Batch, Group, Known, Mark, Spec, Step};
use crate::report::Event;

/// Carries out one step; an error is the engine's, not that of a task.
pub(super) async fn handle(shared: &Shared, db: &TaskDb, task: ReadyTask) -> anyhow::Result<()> {
    let step = serde_json::from_value(task.task_def.clone()).context("unknown step")?;
    let (output, children) = match step {
        Step::Start { .. } => start(shared, 0, 0)?,
        Step::Continue { offset, at } => start(shared, offset, at)?,
        Step::Gate => (Value::Null, Vec::new()),
        Step::Plan { task, offset, at } => grow(shared, task, offset, at).await?,
        Step::Expand { task, inputs, offset, at } => {
            expand(shared, task, &inputs, offset, at).await?
        }
        Step::Run { task, .. } => bail!("the command of `{task}` came to the planner"),
    };
    let commands = children.iter().filter(|spec| matches!(spec.step, Step::Run { .. })).count();
    let mut tasks = Vec::new();
    for spec in children {
        tasks.push(shared.engine.new_task(&shared.graph, spec)?);
    }
    let complete = || db.complete_with_children(&task.claim, &output, tasks.clone());
    match insist(complete).await {
        Ok(_) if commands > 0 => {
            shared.report.tell(&Event::Created { commands: commands as u64 });
        }
        Ok(_) => {}
        // Whoever has the claim now creates the same.
        Err(TaskDbErr::ClaimLost { .. }) => {}
        // The job has ended meanwhile, and with it the need for more tasks.
        Err(error) if matches!(error.root(), TaskDbErr::JobFinished { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The output of a step and what it creates.
type Grown = (Value, Vec<Spec>);

/// The tasks known from the start, from entry `offset` on.
fn start(shared: &Shared, offset: usize, at: u64) -> anyhow::Result<Grown> {
    let batch = plan::cut(plan::static_tasks(&shared.graph).into_iter(), offset);
    let next = |offset| (String::new(), Step::Continue { offset, at: at + 1 });
    grown(batch, at, next, None)
}

/// The commands of a late task, or the next marker where those of an input are not known.
async fn grow(shared: &Shared, task: String, offset: usize, at: u64) -> anyhow::Result<Grown> {
    let late = shared.graph.late();
    let (mut inputs, mut missing) = (Vec::new(), Vec::new());
    for input in shared.graph.task(&task).inputs.names() {
        if !late.contains(input.as_str()) {
            inputs.push(Known::one(input));
            continue;
        }
        match follow(shared, input).await? {
            Ok(known) => inputs.push(known),
            Err(marker) => missing.push(marker),
        }
    }
    if !missing.is_empty() {
        let step = Step::Plan { task: task.clone(), offset, at: at + 1 };
        let spec = Spec { name: plan::marker(&task, at + 1), step, after: missing };
        return Ok((serde_json::to_value(Mark::Next)?, vec![spec]));
    }
    let (specs, known) = plan::commands(&shared.graph, &task, &inputs, at + 1);
    let batch = plan::cut(specs.into_iter(), offset);
    let next = |offset| (task.clone(), Step::Plan { task: task.clone(), offset, at: at + 1 });
    grown(batch, at, next, known)
}

/// One command for each line, from entry `offset` on.
async fn expand(
    shared: &Shared,
    task: String,
    inputs: &Group,
    offset: usize,
    at: u64,
) -> anyhow::Result<Grown> {
    debug_assert!(matches!(shared.graph.task(&task).inputs, Inputs::Each(_)), "{task}");
    let text = inputs_of(shared, std::slice::from_ref(inputs)).await?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let (specs, known) = plan::expansion(&task, &lines);
    let batch = plan::cut(specs, offset);
    let next = |offset| {
        let (task, inputs) = (task.clone(), inputs.clone());
        (task.clone(), Step::Expand { task, inputs, offset, at: at + 1 })
    };
    grown(batch, at, next, Some(known))
}

/// A batch with the marker that goes on behind it, or the end of the chain.
fn grown(
    batch: Batch,
    at: u64,
    next: impl FnOnce(usize) -> (String, Step),
    known: Option<Known>,
) -> anyhow::Result<Grown> {
    let Batch { mut specs, next: rest } = batch;
    let mark = match (rest, known) {
        (Some(offset), _) => {
            let (task, step) = next(offset);
            specs.push(Spec { name: plan::marker(&task, at + 1), step, after: Vec::new() });
            Mark::Next
        }
        (None, Some(known)) => Mark::Known(known),
        (None, None) => Mark::Next,
    };
    Ok((serde_json::to_value(mark)?, specs))
}
