//! The planner: carries out the steps that make the graph grow.

use std::sync::Arc;

use anyhow::bail;
use serde_json::Value;
use taskdb::NewTask;
use taskdb::worker::{Context, Handler, Result};

use super::result::{follow, inputs_of};
use super::shared::Shared;
use super::told::Note;
use crate::graph::Inputs;
use crate::plan::{self, Batch, Group, Known, Mark, Spec, Step};

/// The handler of the planner's steps.
pub(super) struct Planner(pub(super) Arc<Shared>);

impl Handler<Step, Value> for Planner {
    async fn handle(&self, step: Step, context: Context) -> Result<Value> {
        let shared = &*self.0;
        let (output, tasks) = match plan(shared, &context, step).await {
            Ok(planned) => planned,
            Err(why) => return Err(shared.broken(&context, why)),
        };
        tasks.into_iter().for_each(|task| context.create(task));
        Ok(output)
    }
}

/// Carries out one step: its output, and what it creates.
async fn plan(
    shared: &Shared,
    context: &Context,
    step: Step,
) -> anyhow::Result<(Value, Vec<NewTask>)> {
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
    let tasks = children.into_iter().map(|spec| shared.engine.new_task(&shared.graph, spec));
    let tasks = tasks.collect::<anyhow::Result<_>>()?;
    shared.notes.put(context.task().claim.id, Note::Commands(commands));
    Ok((output, tasks))
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
