//! The engine's side of a run: the store, a stream for each worker type, the job.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use taskdb::{Limits, NewJob, NewTask, TaskDb, TaskDbErr};
use uuid::Uuid;

use crate::graph::Graph;
use crate::plan::{PLANNER, Spec, Step};

/// The owner of jobs and streams.
const USER: &str = "taskdb-run";
/// Seconds that the engine grants beyond the timeout of a command, which is kept here.
const GRACE_SECS: u64 = 60;
/// Seconds for a step of the planner.
const PLANNER_SECS: i32 = 600;
/// How often a step of the planner is tried again when its worker was lost.
const PLANNER_RETRIES: i32 = 10;

/// A job in a store.
pub(super) struct Engine {
    pub(super) db: TaskDb,
    pub(super) job_id: Uuid,
    streams: BTreeMap<String, Uuid>,
}

impl Engine {
    /// Opens the store and creates the job of this graph.
    pub(super) async fn start(graph: &Graph, store: &Path) -> anyhow::Result<Self> {
        let db = connect(store).await.with_context(|| format!("store {}", store.display()))?;
        let mut streams = BTreeMap::new();
        for worker_type in graph.worker_types().into_iter().chain([PLANNER]) {
            let stream = db.get_or_create_stream(worker_type, 0, 1.0, USER).await?;
            streams.insert(worker_type.to_owned(), stream);
        }
        let start = serde_json::to_value(Step::Start { graph: Box::new(graph.clone()) })?;
        let job = NewJob::new(USER, streams[PLANNER], start)
            .retries(PLANNER_RETRIES)
            .timeout_secs(PLANNER_SECS);
        let job_id = db.create_job_with(job).await?;
        Ok(Self { db, job_id, streams })
    }

    /// What the engine is told to create.
    pub(super) fn new_task(&self, graph: &Graph, spec: Spec) -> anyhow::Result<NewTask> {
        let (worker_type, retries, timeout_secs) = match &spec.step {
            Step::Run { task, .. } => {
                let task = graph.task(task);
                let max = Limits::MAX_TIMEOUT_SECS;
                let secs = task.timeout.map_or(u64::MAX, |timeout| timeout.seconds() + GRACE_SECS);
                let secs = i32::try_from(secs).map_or(max, |secs| secs.min(max));
                (task.worker_type.as_str(), task.retries, secs)
            }
            _ => (PLANNER, PLANNER_RETRIES, PLANNER_SECS),
        };
        let definition = serde_json::to_value(&spec.step)?;
        Ok(NewTask::new(spec.name, self.streams[worker_type], definition)
            .after(spec.after)
            .retries(retries)
            .timeout_secs(timeout_secs))
    }

    /// The output of a task, if it is done.
    pub(super) async fn output<T: serde::de::DeserializeOwned>(
        &self,
        task: &str,
    ) -> Result<Option<T>, TaskDbErr> {
        match self.db.get_task_output(&self.job_id, task).await {
            Ok(output) => Ok(Some(output)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

async fn connect(store: &Path) -> anyhow::Result<TaskDb> {
    let path = store.to_str().context("the path is not UTF-8")?;
    Ok(taskdb::connect(&format!("sqlite://{}", escaped(path))).await?)
}

/// A path as a URL has it.
fn escaped(path: &str) -> String {
    path.chars().fold(String::new(), |mut url, c| {
        match c {
            '%' | '?' | '#' => url.push_str(&format!("%{:02X}", u32::from(c))),
            _ => url.push(c),
        }
        url
    })
}
