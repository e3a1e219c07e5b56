//! TaskDB: a job engine for work that is a graph, on a store of your choice.
//!
//! A job belongs to a user and is a graph of tasks that can grow while it runs.
//! Tasks wait in streams, a lane of one user for one type of worker, with reserved
//! capacity and a weight above it. Workers take a task, do it, and report; the
//! engine decides fairly who is next, lets dependants go, retries, and loses nothing.
//!
//! ```
//! use serde_json::json;
//! use taskdb::NewTask;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let db = taskdb::connect("memory:").await?;
//! let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
//! let job = db.create_job(&cpu, &json!({"split": "book.txt"}), 3, 300, "alice").await?;
//!
//! // A worker takes `init`, and finds that there is more to do.
//! let init = db.request_work("cpu").await?.expect("init is ready at once");
//! let chapters = ["one", "two"].map(|name| NewTask::new(name, cpu, json!({"count": name})));
//! let total = NewTask::new("total", cpu, json!("sum")).after(["one", "two"]);
//! db.complete_with_children(&init.claim, &json!(null), chapters.into_iter().chain([total])).await?;
//!
//! // The total becomes ready when both chapters are done.
//! while let Some(task) = db.request_work("cpu").await? {
//!     db.complete(&task.claim, &json!(task.task_id.len())).await?;
//! }
//! assert_eq!(db.get_job_state(&job, "alice").await?.to_string(), "SUCCEEDED");
//! # Ok::<(), taskdb::TaskDbErr>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layout
//!
//! * [`connect`]: from a URL to a [`TaskDb`], the handle with every call.
//! * [`config`]: the same from a file, the environment and the program; its page has
//!   every field.
//! * [`register_backend`]: a scheme of your own, for a store of your own.
//! * [`worker`]: handlers for tasks, and the runtime around them.
//! * [`layers`]: code of yours around every call; [`codec`]: payloads stored in another form.
//! * `otel` (feature `otel`): the trace of whoever creates a job goes on in its handlers.
//! * [`planner`]: trees of tasks, planned while their leaves arrive.
//! * [`blocking`]: the same calls for programs without async.
//! * Everything else comes from [`taskdb_core`], where it is explained.

mod backend;
pub mod blocking;
pub mod codec;
pub mod config;
mod connect;
#[cfg(feature = "otel")]
pub mod otel;
pub mod planner;
mod registry;
pub mod worker;

pub use config::Config;
pub use connect::connect;
pub use registry::register_backend;
pub use taskdb_core::{
    Backoff, CanonicalJson, Changed, Claim, ClaimInfo, ClaimLostReason, Clock, Entity, Event,
    EventFilter, EventKind, EventLevel, EventPage, EventPolicy, EventPosition, Events, EventsFrom,
    INIT_TASK, IdempotencyKey, JobFilter, JobGraph, JobInfo, JobState, Keep, Limits, ManualClock,
    MissedTicks, Namespace, NewJob, NewTask, Prerequisite, Priority, Purged, Rates, ReadyTask,
    Renewal, Result, Retention, Rules, RunIf, Schedule, ScheduleInfo, Stats, StreamInfo,
    StuckTaskInfo, SystemClock, TaskDb, TaskDbErr, TaskInfo, TaskState, TaskStateCount, Timestamp,
    WorkerInfo, audit, error, layers, record, request, stats, store,
};
#[cfg(feature = "postgres")]
pub use taskdb_postgres as postgres;
#[cfg(feature = "redis")]
pub use taskdb_redis as redis;
#[cfg(feature = "sqlite")]
pub use taskdb_sqlite as sqlite;
pub use worker::Worker;
