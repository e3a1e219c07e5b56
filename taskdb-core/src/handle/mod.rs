//! The handle applications hold: every call, on any store.
//!
//! The calls are grouped by what they are about, one file each; all are
//! inherent, so there is no trait to import.

mod bulk;
mod events;
mod jobs;
mod namespace;
mod schedules;
mod stats;
mod streams;
mod tasks;
mod work;
mod workers;

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::error::{Result, TaskDbErr};
use crate::json::CanonicalJson;
use crate::layers::{Codecs, Context, Intercept, Interceptor, Measure, Trace, Validate};
use crate::limits::Limits;
use crate::request::TaskSpec;
use crate::store::Store;
use crate::task::NewTask;

/// One namespace of a store, with every call. Cheap to clone; clones share
/// their connections.
#[derive(Clone)]
pub struct TaskDb {
    store: Arc<dyn Store>,
    worker_id: Arc<str>,
    limits: Limits,
}

impl TaskDb {
    /// Puts the layers over a store, with the contract's limits.
    pub fn new(store: impl Store) -> Self {
        Self::stacked(store, Limits::default())
    }

    /// As [`new`](Self::new) with limits of the caller's choice.
    ///
    /// # Errors
    ///
    /// `TooLarge` when a limit lies above its hard cap.
    pub fn with_limits(store: impl Store, limits: Limits) -> Result<Self> {
        limits.check()?;
        Ok(Self::stacked(store, limits))
    }

    fn stacked(store: impl Store, limits: Limits) -> Self {
        let layered = Trace::new(Context::new(Validate::new(store, limits)));
        Self {
            store: Arc::new(Intercept::new(layered, Measure)),
            worker_id: format!("{}-{:08x}", std::process::id(), rand_u32()).into(),
            limits,
        }
    }

    /// The same namespace for another worker: claims made through the result name it.
    #[must_use]
    pub fn as_worker(&self, worker_id: &str) -> Self {
        Self { worker_id: worker_id.into(), ..self.clone() }
    }

    /// The same namespace with code of the application around every call.
    #[must_use]
    pub fn intercept(&self, interceptor: impl Interceptor) -> Self {
        let store = Arc::new(Intercept::new(Arc::clone(&self.store), interceptor));
        Self { store, ..self.clone() }
    }

    /// The same namespace with payloads stored in another form. The limits hold for
    /// payloads as the application writes them.
    #[must_use]
    pub fn encode(&self, codecs: Codecs) -> Self {
        let encoded = Intercept::new(Arc::clone(&self.store), codecs);
        Self { store: Arc::new(Validate::new(encoded, self.limits)), ..self.clone() }
    }

    /// The name that claims made through this handle carry: process id and a
    /// random number unless [`as_worker`](Self::as_worker) set another.
    pub fn worker_id(&self) -> &str {
        &self.worker_id
    }

    /// What the calls of this handle accept.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The layered store below, for tools that speak in requests.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}

impl std::fmt::Debug for TaskDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskDb").field("worker_id", &self.worker_id).finish_non_exhaustive()
    }
}

/// Spreads worker names of processes that share a process id, as containers do.
fn rand_u32() -> u32 {
    Uuid::new_v4().as_fields().0
}

/// An id for a new stream or job: sorted by time, for the eye; never used as an order.
fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// An id for a claim: 128 random bits less the six that mark its version.
fn new_claim_id() -> Uuid {
    Uuid::new_v4()
}

fn spec(task: NewTask) -> TaskSpec {
    TaskSpec {
        task_id: task.task_id,
        stream_id: task.stream_id,
        definition: CanonicalJson::new(&task.definition),
        prerequisites: task.prerequisites,
        max_retries: task.max_retries,
        timeout_secs: task.timeout_secs,
        optional: task.optional,
        run_if: task.run_if,
        start: task.start,
        expires_in: task.expires_in,
        rules: task.rules,
    }
}

/// Reads the `prereqs` argument: an array of strings.
fn names(prereqs: &Value) -> Result<Vec<String>> {
    let refuse = || TaskDbErr::invalid("prereqs", "must be an array of task names");
    let items = prereqs.as_array().ok_or_else(refuse)?;
    items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(refuse)).collect()
}

/// The error of a batch of one, without its index.
fn unbatch(error: TaskDbErr) -> TaskDbErr {
    match error {
        TaskDbErr::Batch { source, .. } => unbatch(*source),
        other => other,
    }
}

/// The answer for the only entry of a batch of one.
fn only<T>(reply: Result<Vec<Result<T>>>) -> Result<T> {
    let entry = reply.map_err(unbatch)?.pop();
    entry
        .unwrap_or_else(|| Err(TaskDbErr::Corrupt(crate::error::Failure::new("no answer"))))
        .map_err(unbatch)
}
