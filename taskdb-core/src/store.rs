//! The storage seam: what every backend does, identically.
//!
//! Words: *own state* is what the task itself has come to; *effective state* is
//! what callers see, see [`TaskState::effective`](crate::TaskState::effective).
//! A job that has failed or was cancelled is *stopped*.
//!
//! Rules for all verbs:
//!
//! * A verb is atomic. On a definite error the store is as it was.
//! * Requests have passed [`Request::check`].
//! * Checks come in this order: gate, job, stream, task exists, job stopped,
//!   prerequisites in array order. Nothing is written before the last of them.
//! * Time is the store's. The times of one job never decrease.
//! * Every mutation is refused with `Closed` when the gate is `read-only`, save `import`
//!   and `delete_job` where the namespace has a mark, and `set_gate`.
//! * A task handed out, released, finished or counted is so in the same step in
//!   every index and counter.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::claim::{ClaimInfo, Renewal};
use crate::coded::{coded, named};
use crate::error::Result;
use crate::event::{EventPage, EventPolicy};
use crate::job::JobInfo;
use crate::json::CanonicalJson;
use crate::record::Page;
use crate::request::*;
use crate::schedule::ScheduleInfo;
use crate::stream::StreamInfo;
use crate::task::{Prerequisite, StuckTaskInfo, TaskInfo, TaskStateCount};
use crate::time::Timestamp;
use crate::wake::WakeHub;
use crate::worker::WorkerInfo;

/// One namespace of a store.
///
/// Implementations are tables of contents: one line for each verb, each verb in
/// a file of its own name. The suite in `taskdb-testkit` has a case for every
/// sentence below.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Makes a stream; with `or_existing`, returns the oldest of that user and
    /// worker type instead when there is one, exactly one under contention.
    /// Repeated with the same id and content: that id. Other content: `AlreadyExists`.
    async fn create_stream(&self, request: CreateStream) -> Result<Uuid>;

    /// Changes reservation, weight or pause of a stream; claims after it see the
    /// new share. Unknown: `NotFound`.
    async fn update_stream(&self, request: UpdateStream) -> Result<()>;

    /// Removes a stream. `InvalidState` while it has pending, ready or running
    /// tasks (effective states). Unknown: `Ok`.
    async fn delete_stream(&self, request: DeleteStream) -> Result<()>;

    /// Lists streams by age, with true counts.
    async fn list_streams(&self, request: ListStreams) -> Result<Vec<StreamInfo>>;

    /// Makes a job and its task `init`, ready at once or delayed by its start
    /// time. Repeated with the same id and content, or with the same idempotency
    /// key and definition: the first job's id. Other content: `AlreadyExists`.
    async fn create_job(&self, request: CreateJob) -> Result<Uuid>;

    /// Changes the class of a job, for all its tasks that are not running, or whether
    /// `purge_jobs` passes it by; in any state. Costs its streams. Unknown: `NotFound`.
    async fn update_job(&self, request: UpdateJob) -> Result<()>;

    /// Cancels a running job: its running tasks are cancelled at once and their
    /// slots are free; what waits is cancelled in effect. A finished job: `Ok`,
    /// no change. Unknown: `NotFound`. Costs its streams and running tasks.
    async fn cancel_job(&self, request: CancelJob) -> Result<()>;

    /// Puts the failed and cancelled tasks of a stopped job back to work with
    /// retries, losses, error and progress cleared; attempts go on. A tolerated
    /// failure that a dependant has already run on stays. Running or done job:
    /// `InvalidState`.
    async fn retry_job(&self, request: RetryJob) -> Result<()>;

    /// Deletes a job in any state. At once nothing of it can be read or claimed,
    /// and claims answer `ClaimLost { Deleted }`; rows may go in steps. Unknown: `Ok`.
    async fn delete_job(&self, request: DeleteJob) -> Result<()>;

    /// Deletes the jobs that are done, oldest first; never streams.
    async fn clear_completed_jobs(&self, request: ClearCompletedJobs) -> Result<u64>;

    /// Deletes jobs of a finished state, the oldest first, while the oldest has not
    /// changed for `older_than`, or while there are more than `keep_newest`; at most
    /// `limit`. Kept jobs are passed by and not counted. Never streams.
    async fn purge_jobs(&self, request: PurgeJobs) -> Result<u64>;

    /// Reads a job. Unknown: `NotFound`.
    async fn get_job(&self, request: GetJob) -> Result<JobInfo>;

    /// Lists jobs by age, deleted ones never. A page without a filter costs what it
    /// returns; with one it may cost the jobs that it passes by.
    async fn list_jobs(&self, request: ListJobs) -> Result<Vec<JobInfo>>;

    /// Counts the jobs of a user that are running; 0 for an unknown user.
    async fn get_concurrent_jobs(&self, request: GetConcurrentJobs) -> Result<u64>;

    /// Adds tasks to a job, all or none; errors of an entry come as `Batch` with
    /// the first bad index. An entry may name earlier ones. A task that exists
    /// with the same stream, definition, set of prerequisites, limits, `optional`
    /// and `run_if` is left alone, whatever the job's state; any difference is
    /// `AlreadyExists`. A done job runs again; a stopped one answers `JobFinished`.
    /// With everything settled the task is ready at once. An `all_done` task with a
    /// prerequisite that was tolerated as failed or cancelled is cancelled at once.
    async fn create_tasks(&self, request: CreateTasks) -> Result<()>;

    /// Cancels a task: as a failure with the error `cancelled`. A terminal task:
    /// `Ok`, no change. Unknown: `NotFound`.
    async fn cancel_task(&self, request: CancelTask) -> Result<()>;

    /// Puts one failed or cancelled task of a stopped job back to work; the job
    /// runs again, and with it everything that was cancelled only because the job
    /// had stopped. `InvalidState` when the job is running or done, when the task
    /// is done or running, or when a prerequisite of it has failed or was cancelled
    /// on its own. When other failures remain, the job fails again once nothing of
    /// it can run.
    async fn retry_task(&self, request: RetryTask) -> Result<()>;

    /// Reads a task. Unknown: `NotFound`.
    async fn get_task(&self, request: GetTask) -> Result<TaskInfo>;

    /// Reads the output of a done task, or one kept after its job was deleted.
    /// Anything else: `NotFound`.
    async fn get_task_output(&self, request: GetTaskOutput) -> Result<CanonicalJson>;

    /// Lists the tasks of a job by age. Unknown: `NotFound`.
    async fn list_tasks(&self, request: ListTasks) -> Result<Vec<TaskInfo>>;

    /// Reads what has become of the prerequisites of a task, with outputs and errors, in
    /// the order given. Unknown: `NotFound`.
    async fn get_prerequisites(&self, request: GetPrerequisites) -> Result<Vec<Prerequisite>>;

    /// Moves ready tasks to running, one for each claim id, in sequence. First,
    /// delayed tasks that are due become ready, at most 100, earliest first. Then
    /// for each: the highest class with a ready task of this worker type in a
    /// stream that is not paused; among its streams the smallest share, ties to
    /// the larger reservation, then to the older; in it the older job, then the
    /// older task. A claim id that is live is answered with its task again. Where the
    /// request asks for inputs, each task comes with what has become of its prerequisites,
    /// read in the same step, unless that is larger than the request says. Never
    /// empty while a task is ready. `Closed` unless the gate is open.
    async fn request_work(&self, request: RequestWork) -> Result<Work>;

    /// Finishes tasks, each on its own, in order: creates the children, stores the
    /// output, settles dependants, closes the job when nothing is left. Applies to
    /// ready and running tasks, a claim only to its own; else `false`, or `ClaimLost`
    /// for a claim. The very call that closed a claim is answered again as it was.
    async fn update_task_done(&self, request: UpdateTaskDone) -> Result<Vec<Result<bool>>>;

    /// Fails tasks, each on its own, in order. Applies to pending, ready and
    /// running. An optional task is tolerated: its `all_done` dependants are
    /// cancelled in turn, tolerated too; its `all_settled` dependants count it as
    /// settled. Any other fails the job with the first such error.
    async fn update_task_failed(&self, request: UpdateTaskFailed) -> Result<Vec<Result<bool>>>;

    /// Raises the progress of a ready or running task, never lowers it; moves the
    /// timeout of a running one.
    async fn update_task_progress(&self, request: UpdateTaskProgress) -> Result<bool>;

    /// Ends an attempt of a running task: `retries + 1`, progress 0, ready at its
    /// old place or after the delay. Beyond `max_retries` it fails with
    /// `retry max hit`, and the answer is `false`. In a stopped job it is cancelled,
    /// and the answer is `false`.
    async fn update_task_retry(&self, request: UpdateTaskRetry) -> Result<bool>;

    /// Moves the lease of claims on, never their timeout; tells of a job that has
    /// failed meanwhile.
    async fn renew_claims(&self, request: RenewClaims) -> Result<Vec<Result<Renewal>>>;

    /// Puts claimed tasks back at their old places, retries unchanged. In a stopped
    /// job: cancelled, `false`.
    async fn release_claims(&self, request: ReleaseClaims) -> Result<Vec<Result<bool>>>;

    /// As `release_claims` for all claims of a worker.
    async fn release_worker(&self, request: ReleaseWorker) -> Result<u64>;

    /// Lists the claims that hold, in the order of their ids.
    async fn list_claims(&self, request: ListClaims) -> Result<Vec<ClaimInfo>>;

    /// Retries the tasks whose deadline has come, earliest first, ties by age;
    /// `losses + 1` each. Expiry is judged in the step that requeues. Carries on
    /// interrupted large releases and deletions.
    async fn requeue_tasks(&self, request: RequeueTasks) -> Result<u64>;

    /// Notes that a worker lives and what it says of itself, until the time to live has
    /// passed; removes it when that is zero.
    async fn heartbeat_worker(&self, request: HeartbeatWorker) -> Result<()>;

    /// Lists the workers whose time to live has not passed, by name, bytewise.
    async fn list_workers(&self, request: ListWorkers) -> Result<Vec<WorkerInfo>>;

    /// Writes a schedule under its name. The same body: nothing changes. Another: it
    /// replaces the one that is there, its next tick too, and its revision is 1 higher.
    async fn put_schedule(&self, request: PutSchedule) -> Result<()>;

    /// Removes a schedule. Unknown: `Ok`.
    async fn delete_schedule(&self, request: DeleteSchedule) -> Result<()>;

    /// Lists schedules by name, bytewise; those only whose tick has come, if asked.
    async fn list_schedules(&self, request: ListSchedules) -> Result<Vec<ScheduleInfo>>;

    /// Moves a schedule on from one tick to the next and makes the job of the tick, if
    /// the schedule still has that revision and tick, which has come; else `false`, and
    /// nothing changes. A job that `create_job` would refuse is refused here alike.
    async fn fire_schedule(&self, request: FireSchedule) -> Result<bool>;

    /// Counts tasks by worker type, class and effective state; sorted.
    async fn get_task_state_counts(
        &self,
        request: GetTaskStateCounts,
    ) -> Result<Vec<TaskStateCount>>;

    /// Lists pending tasks whose prerequisites have all settled although no start
    /// time holds them back. A sound store has none.
    async fn check_stuck_pending_tasks(
        &self,
        request: CheckStuckPendingTasks,
    ) -> Result<Vec<StuckTaskInfo>>;

    /// Recomputes every counter and index from the tasks, and readies what is stuck.
    async fn repair(&self, request: Repair) -> Result<RepairReport>;

    /// Tells what the store is, and its time.
    async fn describe(&self, request: Describe) -> Result<StoreInfo>;

    /// Writes something, reads it back and removes it.
    async fn probe(&self, request: Probe) -> Result<()>;

    /// Opens or closes the namespace, and sets or removes its mark; allowed at every gate.
    async fn set_gate(&self, request: SetGate) -> Result<()>;

    /// Reads a part of the event log, in the order in which calls took effect; with several
    /// shards, only the events of a job are in order. From the place that a page names, no
    /// event is passed by, however calls overlap. Looks through
    /// [`ListEvents::SCAN`](crate::request::ListEvents::SCAN) events at most, or more where
    /// that is cheap.
    async fn list_events(&self, request: ListEvents) -> Result<EventPage>;

    /// Says what the event log takes from now on and for how long it keeps it;
    /// `requeue_tasks` cuts it to its bounds.
    async fn set_events(&self, request: SetEvents) -> Result<()>;

    /// Reads a page of everything, in the order of [`Record`](crate::record::Record), or
    /// of the streams, of some jobs in the order they were named, or of what follows
    /// them.
    /// A page holds a bounded number
    /// of bytes, whatever its limit, or a single record.
    async fn export(&self, request: Export) -> Result<Page>;

    /// Writes records of an export in its order, deriving what is derived; a record
    /// that is there already changes nothing, so a page can be repeated.
    async fn import(&self, request: Import) -> Result<()>;

    /// Where waiting workers are told of new work.
    fn wake_hub(&self) -> &Arc<WakeHub>;
}

// The seam stays usable as a trait object.
const _: fn(&dyn Store) = |_| {};

/// What a namespace takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Everything.
    #[default]
    Open,
    /// Everything but new claims.
    NoClaims,
    /// Reads only.
    ReadOnly,
}

coded!(Gate {
    Open = "open",
    NoClaims = "no-claims",
    ReadOnly = "read-only",
});
named!(Gate, "gate");

/// What a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// The backend: `sqlite`, `redis`, `postgres`, …
    pub backend: &'static str,
    /// The version of the server or library under it.
    pub version: String,
    /// The format of what is stored.
    pub format: u32,
    /// The oldest format a reader must know.
    pub min_reader: u32,
    /// What the namespace takes at present.
    pub gate: Gate,
    /// What a tool that fills the namespace has noted in it.
    pub mark: Option<String>,
    /// What the event log takes, and for how long it keeps it.
    pub events: EventPolicy,
    /// The store's time.
    pub now: Timestamp,
    /// How much room it takes.
    pub size: StoreSize,
}

/// How much room a store takes, as far as its backend can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreSize {
    /// Bytes: in use in the file of SQLite; of the tables and indexes of the namespace in
    /// Postgres; of memory, of the server of Redis that is fullest, whatever they are of.
    pub bytes: Option<u64>,
    /// How many that may be, where there is a limit: `maxmemory` of Redis.
    pub limit: Option<u64>,
}

/// What a store that works says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How long it took to write, read and remove something.
    pub latency: std::time::Duration,
    /// What it is.
    pub store: StoreInfo,
}

/// What a repair has mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RepairReport {
    /// Pending tasks that had nothing to wait for.
    pub tasks_readied: u64,
    /// Tasks whose count of prerequisites was wrong.
    pub tasks_recounted: u64,
    /// Jobs whose counters or state were wrong.
    pub jobs_mended: u64,
    /// Streams whose counters were wrong.
    pub streams_mended: u64,
}
