//! What is said about a worker before it runs.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use taskdb_core::{ReadyTask, Retention, TaskDb, TaskDbErr};
use tower::{Layer, Service};

use super::backoff::RetryPolicy;
use super::chores::{Chore, Records};
use super::error::BoxError;
use super::handler::Typed;
use super::hold::Holds;
use super::hooks::{Hooks, Silent};
use super::registry;
use super::routes::{HandlerService, Routes};
use super::status::{Counters, Monitor};
use super::stop::Stop;
use super::store_link::StoreLink;
use super::{Handler, Request};

/// Takes tasks, does them with its handlers, and reports, until it is told to stop.
///
/// ```
/// use std::time::Duration;
/// use serde::{Deserialize, Serialize};
/// use taskdb::worker::{Context, Result};
/// use taskdb::{NewTask, Worker};
///
/// #[derive(Deserialize)]
/// struct Resize { width: u32 }
///
/// #[derive(Serialize)]
/// struct Picture { bytes: u32 }
///
/// async fn resize(task: Resize, cx: Context<Quality>) -> Result<Picture> {
///     Ok(Picture { bytes: task.width * cx.state().bytes_per_pixel })
/// }
///
/// struct Quality { bytes_per_pixel: u32 }
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
/// let db = taskdb::connect("memory:").await?;
/// let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
/// let definition = serde_json::json!({"kind": "resize", "width": 640});
/// let job = db.create_job(&cpu, &definition, 3, 60, "alice").await?;
///
/// Worker::with_state(db.clone(), Quality { bytes_per_pixel: 3 })
///     .on_kind("cpu", "resize", resize)
///     .concurrency(4)
///     .until_idle(Duration::from_millis(10))
///     .run()
///     .await?;
/// assert_eq!(db.get_task_output::<serde_json::Value>(&job, "init").await?["bytes"], 1920);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a worker does nothing until it is run"]
pub struct Worker<S = ()> {
    pub(crate) db: TaskDb,
    state: Arc<S>,
    pub(crate) routes: Routes,
    pub(crate) slots: Vec<(Option<String>, usize)>,
    pub(crate) prefetch: usize,
    pub(crate) lease: Duration,
    pub(crate) drain: Duration,
    pub(crate) until_idle: Option<Duration>,
    pub(crate) patience: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) chores: Vec<Chore>,
    retention: Retention,
    pub(crate) stop: Stop,
    pub(crate) link: Arc<StoreLink>,
    pub(crate) holds: Arc<Holds>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) records: Records,
}

impl Worker {
    /// A worker whose handlers share no state.
    pub fn new(db: TaskDb) -> Self {
        Self::with_state(db, ())
    }
}

impl<S: Send + Sync + 'static> Worker<S> {
    /// A worker whose handlers share `state`.
    pub fn with_state(db: TaskDb, state: S) -> Self {
        Self {
            // What a worker holds is released by its name, so no two may have one.
            db: db.as_worker(&registry::worker_id()),
            state: Arc::new(state),
            routes: Routes::default(),
            slots: Vec::new(),
            prefetch: 0,
            lease: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            until_idle: None,
            patience: None,
            retry: RetryPolicy::default(),
            hooks: Arc::new(Silent),
            chores: vec![Chore::requeue(), Chore::schedules()],
            retention: Retention::default(),
            stop: Stop::default(),
            link: Arc::default(),
            holds: Arc::default(),
            counters: Arc::default(),
            records: Records::default(),
        }
    }

    /// Gives the worker this name in place of one of its own making, for those who keep
    /// record of names. No two workers that run may share one: what a worker holds is
    /// released by its name when it ends.
    pub fn named(mut self, worker_id: &str) -> Self {
        self.db = self.db.as_worker(worker_id);
        self
    }

    /// Does the tasks of a worker type, except those of a kind that has a handler of its own.
    pub fn on<I, O>(self, worker_type: impl Into<String>, handler: impl Handler<I, O, S>) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
    {
        self.route(worker_type.into(), None, handler)
    }

    /// Does the tasks of one kind within a worker type. The kind of a task is the text in the
    /// field `kind` of its definition, such as `{"kind": "resize", "width": 640}`, unless
    /// [`kind_by`](Self::kind_by) says otherwise. A task that no handler is for fails its
    /// attempt.
    pub fn on_kind<I, O>(
        self,
        worker_type: impl Into<String>,
        kind: impl Into<String>,
        handler: impl Handler<I, O, S>,
    ) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
    {
        self.route(worker_type.into(), Some(kind.into()), handler)
    }

    fn route<I, O>(
        mut self,
        worker_type: String,
        kind: Option<String>,
        handler: impl Handler<I, O, S>,
    ) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send + 'static,
    {
        let typed = Typed::new(handler, Arc::clone(&self.state));
        self.routes.insert(worker_type, kind, HandlerService::new(typed));
        self
    }

    /// Tells the kind of a task from anything it has, in place of the field `kind`.
    pub fn kind_by(
        mut self,
        kind_of: impl Fn(&ReadyTask) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.routes.kind_by(Arc::new(kind_of));
        self
    }

    /// Puts a tower layer around every handler added so far; the last one added is the
    /// outermost. An error that a layer makes of its own means another attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use taskdb::Worker;
    /// use taskdb::worker::{Context, Result};
    /// use tower::{limit::ConcurrencyLimitLayer, timeout::TimeoutLayer};
    ///
    /// # async fn thumbnail(_: String, _: Context) -> Result<()> { Ok(()) }
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let db = taskdb::connect("memory:").await?;
    /// let worker = Worker::new(db)
    ///     .on("cpu", thumbnail)
    ///     .layer(TimeoutLayer::new(Duration::from_secs(5)))
    ///     .layer(ConcurrencyLimitLayer::new(2));
    /// # drop(worker);
    /// # Ok::<(), taskdb::TaskDbErr>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HandlerService>,
        L::Service: Service<Request, Response = Value> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.routes.wrap(&layer);
        self
    }

    /// How many tasks of each worker type are done at a time; the number of processors
    /// unless this or [`concurrency_of`](Self::concurrency_of) says otherwise.
    pub fn concurrency(mut self, tasks: usize) -> Self {
        self.slots.push((None, tasks));
        self
    }

    /// How many tasks of this worker type are done at a time.
    pub fn concurrency_of(mut self, worker_type: impl Into<String>, tasks: usize) -> Self {
        self.slots.push((Some(worker_type.into()), tasks));
        self
    }

    /// How many tasks of each worker type are taken before a slot is free for them; none
    /// unless this says otherwise. It saves the pause between two short tasks, at the price
    /// that such a task waits here while another worker may be free; its timeout runs.
    pub fn prefetch(mut self, tasks: usize) -> Self {
        self.prefetch = tasks;
        self
    }

    /// How long claims last without a renewal, which comes three times as often: 30 s unless
    /// this says otherwise. After so long the tasks of a lost worker go to another one.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long running tasks may go on once the worker is told to stop, 10 s unless this
    /// says otherwise. Those that are not done by then are given back.
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Ends the worker when no task has come for so long and none is at hand.
    pub fn until_idle(mut self, after: Duration) -> Self {
        self.until_idle = Some(after);
        self
    }

    /// Ends the worker when the store has been away for so long, with
    /// [`RunError::StoreAway`](super::RunError::StoreAway); it waits without an end unless
    /// this is said. Handlers are cut off then, and what they did is done again.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// How long a task waits before it is tried again, where its error does not say. The
    /// pause doubles from a quarter of a second up to half a minute, plus a random part of
    /// up to as much, unless this says otherwise.
    pub fn retry_policy(
        mut self,
        policy: impl Fn(&Request) -> Duration + Send + Sync + 'static,
    ) -> Self {
        self.retry = RetryPolicy::new(policy);
        self
    }

    /// Is told of what happens in the worker.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks = Arc::new(hooks);
        self
    }

    /// Does something again and again beside the tasks, in each process that runs such a
    /// worker: it must be harmless to do twice. The first time comes at once; after a failure
    /// the pauses grow.
    pub fn chore<F, Fut>(mut self, name: impl Into<String>, interval: Duration, run: F) -> Self
    where
        F: Fn(TaskDb) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), TaskDbErr>> + Send + 'static,
    {
        self.chores.push(Chore::new(name, interval, run));
        self
    }

    /// How many finished jobs are kept, and for how long; what exceeds that is deleted about
    /// once a minute. [`Retention::default`] unless this says otherwise; all processes that
    /// run workers of a namespace should say the same.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Ends the worker from outside, before or while it runs.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Tells how the worker is, before, while and after it runs.
    pub fn monitor(&self) -> Monitor {
        Monitor {
            worker_id: self.db.worker_id().into(),
            link: Arc::clone(&self.link),
            holds: Arc::clone(&self.holds),
            counters: Arc::clone(&self.counters),
            chores: self.records.clone(),
            stop: self.stop.clone(),
        }
    }

    /// Everything to do beside tasks.
    pub(crate) fn all_chores(&self) -> Vec<Chore> {
        let mut chores = self.chores.clone();
        if self.retention != Retention::OFF {
            chores.push(Chore::retention(self.retention));
        }
        chores.push(registry::chore(self.monitor(), self.routes.worker_types()));
        chores
    }

    /// The slots of a worker type: what was said last of it, or of all, or one a processor.
    pub(crate) fn slots_of(&self, worker_type: &str) -> usize {
        let find = |wanted: Option<&str>| {
            let said = self.slots.iter().rev();
            said.clone().find(|(name, _)| name.as_deref() == wanted).map(|(_, tasks)| *tasks)
        };
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        find(Some(worker_type)).or_else(|| find(None)).unwrap_or_else(cores)
    }
}

impl<S> std::fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("db", &self.db).finish_non_exhaustive()
    }
}
