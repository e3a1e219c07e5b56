//! The table of blocking calls. What a call does is told, and decided, by the async
//! handle.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use taskdb_core::audit::Violation;
use taskdb_core::record::{Cursor, Page, Record};
use taskdb_core::request::GetTaskOutput;
use taskdb_core::store::{Gate, Health, RepairReport, StoreInfo};
use taskdb_core::{
    Changed, Claim, ClaimInfo, Event, EventFilter, EventPage, EventPolicy, EventsFrom, JobFilter,
    JobGraph, JobInfo, JobState, Limits, NewJob, NewTask, Prerequisite, Priority, Purged,
    ReadyTask, Renewal, Result, Retention, Schedule, ScheduleInfo, Stats, StreamInfo,
    StuckTaskInfo, TaskInfo, TaskState, TaskStateCount, WorkerInfo,
};
use uuid::Uuid;

use super::arguments::Argument;
use super::events::Events;
use super::runtime::run;

/// One namespace of a store, with every call of [`crate::TaskDb`] as a blocking one.
/// Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct TaskDb(crate::TaskDb);

impl From<crate::TaskDb> for TaskDb {
    /// Takes a handle that was connected with [`run`](super::run), or whose runtime goes
    /// on running on threads of its own: a store may need the one it was connected on.
    fn from(db: crate::TaskDb) -> Self {
        Self(db)
    }
}

impl TaskDb {
    /// The same handle for async code.
    pub fn as_async(&self) -> &crate::TaskDb {
        &self.0
    }

    /// As [`as_worker`](crate::TaskDb::as_worker) of the async handle.
    #[must_use]
    pub fn as_worker(&self, worker_id: &str) -> Self {
        Self(self.0.as_worker(worker_id))
    }

    /// As [`worker_id`](crate::TaskDb::worker_id) of the async handle.
    pub fn worker_id(&self) -> &str {
        self.0.worker_id()
    }

    /// As [`limits`](crate::TaskDb::limits) of the async handle.
    pub fn limits(&self) -> &Limits {
        self.0.limits()
    }

    /// As [`subscribe`](crate::TaskDb::subscribe) of the async handle.
    pub fn subscribe(&self, from: EventsFrom, filter: EventFilter) -> Events {
        self.0.subscribe(from, filter).into()
    }

    // A caller's iterator runs on the caller's thread, before the call.

    /// As [`create_tasks`](crate::TaskDb::create_tasks) of the async handle, blocking.
    pub fn create_tasks(
        &self,
        job_id: &Uuid,
        tasks: impl IntoIterator<Item = NewTask>,
    ) -> Result<()> {
        let (db, job_id, tasks) = (self.0.clone(), *job_id, Vec::from_iter(tasks));
        run(async move { db.create_tasks(&job_id, tasks).await })
    }

    /// As [`complete_with_children`](crate::TaskDb::complete_with_children) of the async
    /// handle, blocking.
    pub fn complete_with_children(
        &self,
        claim: &Claim,
        output: &Value,
        children: impl IntoIterator<Item = NewTask>,
    ) -> Result<bool> {
        let (db, claim, output) = (self.0.clone(), claim.clone(), output.clone());
        let children = Vec::from_iter(children);
        run(async move { db.complete_with_children(&claim, &output, children).await })
    }

    /// As [`complete_batch`](crate::TaskDb::complete_batch) of the async handle, blocking.
    pub fn complete_batch(
        &self,
        outputs: impl IntoIterator<Item = (Claim, Value)>,
    ) -> Result<Vec<Result<bool>>> {
        let (db, outputs) = (self.0.clone(), Vec::from_iter(outputs));
        run(async move { db.complete_batch(outputs).await })
    }

    /// As [`fail_batch`](crate::TaskDb::fail_batch) of the async handle, blocking.
    pub fn fail_batch(
        &self,
        failures: impl IntoIterator<Item = (Claim, String)>,
    ) -> Result<Vec<Result<bool>>> {
        let (db, failures) = (self.0.clone(), Vec::from_iter(failures));
        run(async move { db.fail_batch(failures).await })
    }

    /// As [`get_task_output`](crate::TaskDb::get_task_output) of the async handle, blocking.
    pub fn get_task_output<T: DeserializeOwned>(&self, job_id: &Uuid, task_id: &str) -> Result<T> {
        let request = GetTaskOutput { job_id: *job_id, task_id: task_id.to_owned() };
        let store = self.0.store().clone();
        // Read on this thread, so that `T` need not be able to leave it.
        run(async move { store.get_task_output(request).await })?.parse()
    }
}

/// Makes a method of each line: it keeps its arguments, and calls the async one of its name.
macro_rules! calls {
    ($(fn $call:ident($($argument:ident: $type:ty),* $(,)?) -> $reply:ty;)*) => {
        impl TaskDb {
            $(
                #[doc = concat!(
                    "As [`", stringify!($call), "`](crate::TaskDb::", stringify!($call),
                    ") of the async handle, blocking.",
                )]
                pub fn $call(&self $(, $argument: $type)*) -> Result<$reply> {
                    let db = self.0.clone();
                    $(let $argument = Argument::keep($argument);)*
                    run(async move { db.$call($($argument.give()),*).await })
                }
            )*
        }
    };
}

calls! {
    fn create_stream(worker_type: &str, reserved: i32, be_mult: f32, user_id: &str) -> Uuid;
    fn create_stream_as(
        stream_id: Uuid, worker_type: &str, reserved: i32, be_mult: f32, user_id: &str,
    ) -> Uuid;
    fn get_or_create_stream(worker_type: &str, reserved: i32, be_mult: f32, user_id: &str) -> Uuid;
    fn get_stream(user_id: &str, worker_type: &str) -> Option<Uuid>;
    fn list_streams(after: Option<u64>, limit: usize) -> Vec<StreamInfo>;
    fn stream_info(stream_id: &Uuid) -> StreamInfo;
    fn update_stream(stream_id: &Uuid, reserved: i32, be_mult: f32) -> ();
    fn pause_stream(stream_id: &Uuid) -> ();
    fn resume_stream(stream_id: &Uuid) -> ();
    fn delete_stream(stream_id: &Uuid) -> ();

    fn create_job(
        stream_id: &Uuid, task_def: &Value, max_retries: i32, timeout_secs: i32, user_id: &str,
    ) -> Uuid;
    fn create_job_with_priority(
        stream_id: &Uuid, task_def: &Value, max_retries: i32, timeout_secs: i32, user_id: &str,
        priority: Priority,
    ) -> Uuid;
    fn create_job_with(job: NewJob) -> Uuid;
    fn get_job(job_id: &Uuid) -> JobInfo;
    fn list_jobs(filter: JobFilter, after: Option<u64>, limit: usize) -> Vec<JobInfo>;
    fn get_job_state(job_id: &Uuid, user_id: &str) -> JobState;
    fn get_job_unresolved(job_id: &Uuid) -> i64;
    fn get_job_time(job_id: &Uuid) -> f64;
    fn get_job_failure(job_id: &Uuid) -> String;
    fn get_job_graph(job_id: &Uuid) -> JobGraph;
    fn retry_jobs(filter: &JobFilter) -> Changed;
    fn cancel_jobs(filter: &JobFilter) -> Changed;
    fn delete_jobs(filter: &JobFilter) -> Changed;
    fn get_concurrent_jobs(user_id: &str) -> i64;
    fn set_priority(job_id: &Uuid, priority: Priority) -> ();
    fn keep_job(job_id: &Uuid, keep: bool) -> ();
    fn purge(retention: &Retention) -> Purged;
    fn cancel_job(job_id: &Uuid) -> ();
    fn retry_job(job_id: &Uuid) -> ();
    fn delete_job(job_id: &Uuid) -> ();
    fn delete_job_with_ttl(job_id: &Uuid, ttl_secs: u64) -> ();
    fn clear_completed_jobs() -> i32;
    fn clear_completed_jobs_with_ttl(ttl_secs: u64) -> i32;

    fn create_task(
        job_id: &Uuid, task_id: &str, stream_id: &Uuid, task_def: &Value, prereqs: &Value,
        max_retries: i32, timeout_secs: i32,
    ) -> ();
    fn create_task_with(job_id: &Uuid, task: NewTask) -> ();
    fn get_task(job_id: &Uuid, task_id: &str) -> TaskInfo;
    fn list_tasks(
        job_id: &Uuid, state: Option<TaskState>, after: Option<u64>, limit: usize,
    ) -> Vec<TaskInfo>;
    fn get_prerequisites(job_id: &Uuid, task_id: &str) -> Vec<Prerequisite>;
    fn get_task_retries_running(job_id: &Uuid, task_id: &str) -> Option<i32>;
    fn cancel_task(job_id: &Uuid, task_id: &str) -> ();
    fn retry_task(job_id: &Uuid, task_id: &str) -> ();

    fn request_work(worker_type: &str) -> Option<ReadyTask>;
    fn request_work_as(
        worker_type: &str, claim_id: Uuid, lease: Option<Duration>,
    ) -> Option<ReadyTask>;
    fn request_work_with_inputs(
        worker_type: &str, lease: Option<Duration>,
    ) -> Option<(ReadyTask, Vec<Prerequisite>)>;
    fn request_work_batch(
        worker_type: &str, max: usize, lease: Option<Duration>,
    ) -> Vec<ReadyTask>;
    fn request_work_wait(worker_type: &str, timeout_secs: u64) -> Option<ReadyTask>;
    fn request_work_batch_wait(
        worker_type: &str, max: usize, lease: Option<Duration>, timeout: Duration,
    ) -> Vec<ReadyTask>;
    fn update_task_done(job_id: &Uuid, task_id: &str, output: Value) -> bool;
    fn complete(claim: &Claim, output: &Value) -> bool;
    fn update_task_failed(job_id: &Uuid, task_id: &str, error: &str) -> bool;
    fn fail(claim: &Claim, error: &str) -> bool;
    fn update_task_progress(job_id: &Uuid, task_id: &str, progress: f32) -> bool;
    fn progress(claim: &Claim, progress: f32) -> bool;
    fn update_task_retry(job_id: &Uuid, task_id: &str) -> bool;
    fn give_up(claim: &Claim) -> bool;
    fn retry(claim: &Claim, delay: Duration) -> bool;
    fn renew(claims: &[Claim], lease: Option<Duration>) -> Vec<Result<Renewal>>;
    fn release(claim: &Claim) -> bool;
    fn release_worker(worker_id: &str) -> usize;
    fn requeue_tasks(limit: i64) -> usize;

    fn list_claims(
        worker_id: Option<&str>, worker_type: Option<&str>, after: Option<Uuid>, limit: usize,
    ) -> Vec<ClaimInfo>;
    fn heartbeat_worker(about: &Value, ttl: Duration) -> ();
    fn list_workers(after: Option<&str>, limit: usize) -> Vec<WorkerInfo>;

    fn put_schedule(schedule: &Schedule) -> ();
    fn delete_schedule(name: &str) -> ();
    fn list_schedules(after: Option<&str>, limit: usize) -> Vec<ScheduleInfo>;
    fn fire_schedules() -> u64;

    fn stats() -> Stats;
    fn get_task_state_counts() -> Vec<TaskStateCount>;
    fn check_stuck_pending_tasks() -> Vec<StuckTaskInfo>;
    fn fix_stuck_pending_tasks() -> i32;
    fn refresh_stream_counters() -> ();
    fn repair() -> RepairReport;
    fn audit() -> Vec<Violation>;
    fn describe() -> StoreInfo;
    fn health() -> Health;
    fn set_gate(gate: Gate) -> ();
    fn list_events(from: EventsFrom, filter: EventFilter, limit: usize) -> EventPage;
    fn set_events(policy: EventPolicy) -> ();
    fn list_attempts(job_id: &Uuid, task_id: &str) -> Vec<Event>;
    fn export(cursor: Option<Cursor>, limit: usize) -> Page;
    fn import(records: Vec<Record>) -> ();
}
