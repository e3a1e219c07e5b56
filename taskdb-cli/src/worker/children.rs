//! Tasks that a program asks for, created in the step that ends its own.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use taskdb::{NewTask, ReadyTask, RunIf, TaskDb, TaskDbErr};
use uuid::Uuid;

use super::patience::insist;

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

/// The children as the engine takes them; streams of the job's user that are missing
/// are made.
pub(super) async fn new_tasks(
    db: &TaskDb,
    ready: &ReadyTask,
    worker_type: &str,
    children: Vec<Child>,
) -> Result<Vec<NewTask>, TaskDbErr> {
    let mut streams = HashMap::from([(worker_type.to_owned(), ready.stream_id)]);
    let mut tasks = Vec::with_capacity(children.len());
    for child in children {
        let wanted = child.worker_type.as_deref().unwrap_or(worker_type);
        let stream = match streams.get(wanted) {
            Some(stream) => *stream,
            None => stream_for(db, ready, wanted).await?,
        };
        streams.insert(wanted.to_owned(), stream);
        tasks.push(child.in_stream(stream));
    }
    Ok(tasks)
}

async fn stream_for(db: &TaskDb, ready: &ReadyTask, wanted: &str) -> Result<Uuid, TaskDbErr> {
    let user = insist(|| db.get_job(&ready.job_id)).await?.user_id;
    insist(|| db.get_or_create_stream(wanted, 0, 1.0, &user)).await
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
