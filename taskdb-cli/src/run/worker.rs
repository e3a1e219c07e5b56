//! Does the commands of a run: one attempt at a time, and what its end means.

use std::sync::Arc;

use anyhow::anyhow;
use serde_json::Value;
use taskdb::worker::{Context, Error, Handler, Result};
use taskdb::{CanonicalJson, TaskDbErr};

use super::attempt::{self, Failure};
use super::shared::Shared;
use super::told::Note;
use crate::plan::Step;

/// The handler of all commands.
pub(super) struct Commands(pub(super) Arc<Shared>);

impl Handler<Step, Value> for Commands {
    async fn handle(&self, step: Step, context: Context) -> Result<Value> {
        let shared = &*self.0;
        let Step::Run { task, inputs, item } = step else {
            return Err(shared.broken(&context, anyhow!("not a command")));
        };
        match attempt::run(shared, &context, &task, &inputs, item.as_deref()).await {
            Ok(ended) => {
                let output = ended.and_then(|output| fitting(&context, output));
                output.map_err(|failure| failed(shared, &context, &task, failure))
            }
            Err(why) => Err(shared.broken(&context, why)),
        }
    }
}

/// An output that the engine takes.
fn fitting(context: &Context, output: String) -> std::result::Result<Value, Failure> {
    let output = Value::String(output);
    let (size, limit) =
        (CanonicalJson::new(&output).as_str().len(), context.db().limits().payload_bytes);
    if size <= limit {
        return Ok(output);
    }
    let (size, limit) = (size as u64, limit as u64);
    let why = TaskDbErr::TooLarge { argument: "output", size, limit, unit: "bytes" };
    Err(Failure::new(why.to_string()))
}

/// Another attempt, or the end of the task.
fn failed(shared: &Shared, context: &Context, task: &str, failure: Failure) -> Error {
    let ready = context.task();
    let of = attempt::attempt(ready);
    let error = if ready.retries < ready.max_retries {
        // The id of a claim is random.
        let random = f64::from(ready.claim.id.as_fields().0) / f64::from(u32::MAX);
        let pause = shared.graph.task(task).backoff.pause(ready.retries, random);
        Error::retry_after(pause, failure.to_string())
    } else {
        let attempts = ready.max_retries.saturating_add(1);
        let (name, number) = (of.task, of.attempt);
        Error::fail(format!("task `{name}` failed on attempt {number} of {attempts}: {failure}"))
    };
    shared.notes.put(ready.claim.id, Note::Failure(failure));
    error
}
