//! The engine's side of a run: the job, and a stream for each of its worker types.

use std::collections::BTreeMap;

use taskdb::{Limits, NewJob, NewTask, TaskDb, TaskDbErr};
use uuid::Uuid;

use super::shared::insist;
use crate::graph::Graph;
use crate::plan::{PLANNER, Spec, Step};

/// The owner of jobs and streams.
pub(super) const USER: &str = "taskdb-run";
/// Seconds that the engine grants beyond the timeout of a command, which is kept here.
const GRACE_SECS: u64 = 60;
/// Seconds for a step of the planner.
const PLANNER_SECS: i32 = 600;
/// How often a step of the planner is tried again when its worker was lost.
const PLANNER_RETRIES: i32 = 10;

/// A job in a store.
pub(super) struct Engine {
    /// Claims through it name the worker of this run.
    pub(super) db: TaskDb,
    pub(super) job_id: Uuid,
    streams: BTreeMap<String, Uuid>,
}

impl Engine {
    /// Names the worker, and makes the streams that are not there yet.
    pub(super) async fn new(db: &TaskDb, job_id: Uuid, graph: &Graph) -> Result<Self, TaskDbErr> {
        let worker = format!("run-{job_id}-{:08x}", Uuid::new_v4().as_fields().0);
        let mut engine = Self { db: db.as_worker(&worker), job_id, streams: BTreeMap::new() };
        for worker_type in graph.worker_types().into_iter().chain([PLANNER]) {
            let lane = engine.worker_type(worker_type);
            let stream = insist(|| engine.db.get_or_create_stream(&lane, 0, 1.0, USER)).await?;
            engine.streams.insert(worker_type.to_owned(), stream);
        }
        Ok(engine)
    }

    /// For reading the outputs of a job that is done.
    pub(super) fn reader(db: &TaskDb, job_id: Uuid) -> Self {
        Self { db: db.clone(), job_id, streams: BTreeMap::new() }
    }

    /// The worker type as the engine knows it. Each job has its own, because runs
    /// that share a store must not take each other's commands.
    pub(super) fn worker_type(&self, worker_type: &str) -> String {
        format!("{worker_type}@{}", self.job_id)
    }

    /// The job whose planner works under this worker type, if one does.
    pub(super) fn planner_of(worker_type: &str) -> Option<Uuid> {
        worker_type.strip_prefix(PLANNER)?.strip_prefix('@')?.parse().ok()
    }

    /// Creates the job of a graph, and says whether it did; only in a store that is
    /// for one run can another have come first.
    pub(super) async fn create(&self, graph: &Graph, alone: bool) -> anyhow::Result<bool> {
        let start = serde_json::to_value(Step::Start { graph: Box::new(graph.clone()) })?;
        let job = NewJob::new(USER, self.streams[PLANNER], start)
            .id(self.job_id)
            .retries(PLANNER_RETRIES)
            .timeout_secs(PLANNER_SECS);
        let job = if alone { job.key("the only run") } else { job };
        match insist(|| self.db.create_job_with(job.clone())).await {
            Ok(created) => Ok(created == self.job_id),
            Err(error) if matches!(error.root(), TaskDbErr::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the streams of a job that is done, as far as that succeeds.
    pub(super) async fn tidy(&self) {
        for stream in self.streams.values() {
            let _ = self.db.delete_stream(stream).await;
        }
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
        match insist(|| self.db.get_task_output(&self.job_id, task)).await {
            Ok(output) => Ok(Some(output)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
