//! Calls about tasks that are not part of a worker's path.

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::{TaskDb, names, spec, unbatch};
use crate::error::Result;
use crate::request::{
    CancelTask, CreateTasks, GetPrerequisites, GetTask, GetTaskOutput, ListTasks, RetryTask,
};
use crate::state::TaskState;
use crate::task::{NewTask, Prerequisite, TaskInfo};

impl TaskDb {
    /// Adds a task to a job. `prereqs` is a JSON array of names of older tasks of the
    /// job; with all of them settled the task is ready at once. The same task again
    /// is `Ok` and changes nothing. A done job runs again.
    ///
    /// # Errors
    ///
    /// `NotFound` for job, stream or prerequisite, `AlreadyExists` for another task
    /// of that name, `JobFinished`, `InvalidArgument`, `TooLarge`.
    pub async fn create_task(
        &self,
        job_id: &Uuid,
        task_id: &str,
        stream_id: &Uuid,
        task_def: &Value,
        prereqs: &Value,
        max_retries: i32,
        timeout_secs: i32,
    ) -> Result<()> {
        let task = NewTask::new(task_id, *stream_id, task_def.clone())
            .after(names(prereqs)?)
            .retries(max_retries)
            .timeout_secs(timeout_secs);
        self.create_task_with(job_id, task).await
    }

    /// Adds a task with everything there is to say about it.
    ///
    /// # Errors
    ///
    /// As [`create_task`](Self::create_task).
    pub async fn create_task_with(&self, job_id: &Uuid, task: NewTask) -> Result<()> {
        let request = CreateTasks { job_id: *job_id, tasks: vec![spec(task)] };
        self.store.create_tasks(request).await.map_err(unbatch)
    }

    /// Adds tasks to a job, all or none; each may name earlier ones of the batch.
    ///
    /// # Errors
    ///
    /// As [`create_task`](Self::create_task), within `Batch` with the first bad index.
    pub async fn create_tasks(
        &self,
        job_id: &Uuid,
        tasks: impl IntoIterator<Item = NewTask>,
    ) -> Result<()> {
        let tasks = tasks.into_iter().map(spec).collect();
        self.store.create_tasks(CreateTasks { job_id: *job_id, tasks }).await
    }

    /// Everything about a task but its output.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn get_task(&self, job_id: &Uuid, task_id: &str) -> Result<TaskInfo> {
        self.store.get_task(GetTask { job_id: *job_id, task_id: task_id.to_owned() }).await
    }

    /// The tasks of a job by age, those after the age `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn list_tasks(
        &self,
        job_id: &Uuid,
        state: Option<TaskState>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<TaskInfo>> {
        self.store.list_tasks(ListTasks { job_id: *job_id, state, after, limit }).await
    }

    /// The output of a done task.
    ///
    /// # Errors
    ///
    /// `NotFound` unless the task is done, `Json` when the output has another shape.
    pub async fn get_task_output<T: DeserializeOwned>(
        &self,
        job_id: &Uuid,
        task_id: &str,
    ) -> Result<T> {
        let request = GetTaskOutput { job_id: *job_id, task_id: task_id.to_owned() };
        self.store.get_task_output(request).await?.parse()
    }

    /// What has become of the prerequisites of a task, outputs and errors included, in the
    /// order they were given: what a task that combines others needs, in one call.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn get_prerequisites(
        &self,
        job_id: &Uuid,
        task_id: &str,
    ) -> Result<Vec<Prerequisite>> {
        let request = GetPrerequisites { job_id: *job_id, task_id: task_id.to_owned() };
        self.store.get_prerequisites(request).await
    }

    /// How often a running task has been retried; `None` when it is not running or
    /// does not exist.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn get_task_retries_running(
        &self,
        job_id: &Uuid,
        task_id: &str,
    ) -> Result<Option<i32>> {
        match self.get_task(job_id, task_id).await {
            Ok(task) => Ok((task.state == TaskState::Running).then_some(task.retries)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Cancels a task; unless it is optional this fails the job with the error
    /// `cancelled`. A finished task stays as it is.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn cancel_task(&self, job_id: &Uuid, task_id: &str) -> Result<()> {
        self.store.cancel_task(CancelTask { job_id: *job_id, task_id: task_id.to_owned() }).await
    }

    /// Puts one failed or cancelled task of a failed or cancelled job back to work.
    ///
    /// # Errors
    ///
    /// `NotFound`, `InvalidState` when job or task do not allow it.
    pub async fn retry_task(&self, job_id: &Uuid, task_id: &str) -> Result<()> {
        self.store.retry_task(RetryTask { job_id: *job_id, task_id: task_id.to_owned() }).await
    }
}
