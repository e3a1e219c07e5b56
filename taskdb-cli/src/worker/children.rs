//! Tasks that a program asks for, created in the step that ends its own.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use taskdb::worker::{Context, Result};
use taskdb::{NewTask, RunIf};
use uuid::Uuid;

/// A task as a program describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Child {
    name: String,
    /// That of the task itself unless it is said.
    worker_type: Option<String>,
    #[serde(default)]
    definition: Value,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    max_retries: i32,
    #[serde(default = "an_hour")]
    timeout_secs: i32,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    run_if: RunIf,
    #[serde(default)]
    delay_secs: u32,
}

fn an_hour() -> i32 {
    3_600
}

/// Has the children created when the task is done; streams of the job's user that are
/// missing are made.
pub(super) async fn create(context: &Context, children: Vec<Child>) -> Result<()> {
    let mut streams = HashMap::new();
    for child in children {
        let wanted = child.worker_type.clone();
        let wanted = wanted.unwrap_or_else(|| context.worker_type().to_owned());
        let stream = match streams.get(&wanted) {
            Some(stream) => *stream,
            None => context.stream_for(&wanted).await?,
        };
        streams.insert(wanted, stream);
        context.create(child.in_stream(stream));
    }
    Ok(())
}

impl Child {
    fn in_stream(self, stream: Uuid) -> NewTask {
        let mut task = NewTask::new(self.name, stream, self.definition)
            .after(self.after)
            .retries(self.max_retries)
            .timeout_secs(self.timeout_secs)
            .run_if(self.run_if);
        if self.optional {
            task = task.optional();
        }
        if self.delay_secs > 0 {
            task = task.delay(Duration::from_secs(self.delay_secs.into()));
        }
        task
    }
}
