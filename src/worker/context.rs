//! What a handler is given beside its input: the task, the worker's state, and a voice.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use taskdb_core::{NewTask, Prerequisite, ReadyTask, TaskDb};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hold::{Hold, Linger, lock};
use super::{Result, inputs};

/// One attempt at a task, as its handler sees it. Cheap to clone.
pub struct Context<S = ()> {
    request: Request,
    state: Arc<S>,
}

impl<S> Context<S> {
    pub(crate) fn new(request: Request, state: Arc<S>) -> Self {
        Self { request, state }
    }

    fn hold(&self) -> &Hold {
        &self.request.0
    }

    /// What all handlers of the worker share.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// The handle of the worker, for everything that has no method here.
    pub fn db(&self) -> &TaskDb {
        &self.hold().db
    }

    /// The task as it was claimed.
    pub fn task(&self) -> &ReadyTask {
        self.request.task()
    }

    /// The job of the task.
    pub fn job_id(&self) -> &Uuid {
        &self.task().job_id
    }

    /// The name of the task.
    pub fn task_id(&self) -> &str {
        &self.task().task_id
    }

    /// The worker type that the task was taken for.
    pub fn worker_type(&self) -> &str {
        &self.hold().worker_type
    }

    /// Which attempt this is, from 1; it begins anew with a replay.
    pub fn attempt(&self) -> u32 {
        self.request.attempt()
    }

    /// When this attempt times out; each [`progress`](Self::progress) moves it.
    pub fn deadline(&self) -> Instant {
        self.hold().deadline()
    }

    /// Reports progress, from 0 to 1, and starts the timeout anew once the store has taken
    /// it. Costs nothing here: reports that follow each other closely are sent as one.
    ///
    /// NaN is no progress and is not sent.
    pub fn progress(&self, progress: f32) {
        if !progress.is_nan() {
            self.hold().progress.send_replace(progress.clamp(0.0, 1.0));
        }
    }

    /// Whether the work is of no use any more: the claim is lost, the job has stopped, the
    /// timeout has passed or the worker ends. The future of the handler is dropped then;
    /// this is for threads that it has started.
    pub fn is_cancelled(&self) -> bool {
        self.hold().cancelled.is_cancelled()
    }

    /// Cancelled when [`is_cancelled`](Self::is_cancelled) becomes true; cancelling it has
    /// no effect on the attempt.
    pub fn cancellation(&self) -> CancellationToken {
        self.hold().cancelled.child_token()
    }

    /// The output of a prerequisite.
    ///
    /// # Errors
    ///
    /// One that fails the task for good when there is no such output or it has another
    /// shape; one that retries when the store fails.
    pub async fn output<T: DeserializeOwned>(&self, task_id: &str) -> Result<T> {
        inputs::one(self.hold(), task_id).await
    }

    /// The outputs of all prerequisites by their names. One that failed or was cancelled
    /// with tolerance has none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn outputs(&self) -> Result<Map<String, Value>> {
        inputs::all(self.hold()).await
    }

    /// The outputs of all prerequisites in the order in which the task names them, all of
    /// one type; those without an output are left out.
    ///
    /// # Errors
    ///
    /// As [`output`](Self::output).
    pub async fn outputs_as<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        inputs::typed(self.hold()).await
    }

    /// What has become of all prerequisites, in the order in which the task names them:
    /// the outputs of those that are done, the errors of those that failed with tolerance.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn prerequisites(&self) -> Result<Vec<Prerequisite>> {
        inputs::prerequisites(self.hold()).await
    }

    /// Holds the task back from others for as long as what this returns lives, when the
    /// handler is cut off or fails: for a thread or a process that it has started, which
    /// does not end with its future. Within the drain time and 5 s after it, the worker
    /// waits for it before it ends, too; after that the claim is left to end by itself.
    pub fn linger(&self) -> Linger {
        self.hold().linger()
    }

    /// Creates a task of the same job in the step that completes this one, or not at all.
    /// It may come [`after`](NewTask::after) this task, older ones, and children before it.
    pub fn create(&self, task: NewTask) {
        let hold = self.hold();
        *lock(&hold.asked_in) = tracing::Span::current();
        hold.children().push(task);
    }

    /// The stream of this task, for children that need the same kind of worker.
    pub fn stream(&self) -> Uuid {
        self.task().stream_id
    }

    /// The stream of the job's owner for another worker type, made when there is none.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn stream_for(&self, worker_type: &str) -> Result<Uuid> {
        let hold = self.hold();
        if *worker_type == *hold.worker_type {
            return Ok(self.stream());
        }
        let job = hold.link.insist(|| hold.db.get_job(self.job_id())).await?;
        let make = || hold.db.get_or_create_stream(worker_type, 0, 1.0, &job.user_id);
        Ok(hold.link.insist(make).await?)
    }
}

impl<S> Clone for Context<S> {
    fn clone(&self) -> Self {
        Self { request: self.request.clone(), state: Arc::clone(&self.state) }
    }
}

impl<S> fmt::Debug for Context<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

/// One attempt at a task, as tower layers see it.
#[derive(Clone)]
pub struct Request(Arc<Hold>);

impl Request {
    pub(crate) fn new(hold: Arc<Hold>) -> Self {
        Self(hold)
    }

    pub(crate) fn hold(&self) -> &Hold {
        &self.0
    }

    /// The task as it was claimed.
    pub fn task(&self) -> &ReadyTask {
        &self.0.ready
    }

    /// The worker type that the task was taken for.
    pub fn worker_type(&self) -> &str {
        &self.0.worker_type
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        attempt(&self.0.ready)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadyTask { job_id, task_id, .. } = self.task();
        f.debug_struct("Request")
            .field("job_id", job_id)
            .field("task_id", task_id)
            .field("attempt", &self.attempt())
            .finish_non_exhaustive()
    }
}

/// Which attempt a claimed task is at, from 1.
pub(crate) fn attempt(ready: &ReadyTask) -> u32 {
    u32::try_from(ready.retries).unwrap_or(0).saturating_add(1)
}
