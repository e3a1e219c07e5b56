//! The calls, each a line of a table: name, arguments, result. What a call does is
//! decided by the engine; here only states and errors are renamed.

use std::collections::BTreeMap;

use engine::{Priority, ReadyTask, StuckTaskInfo, TaskStateCount};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::{Handle, JobState, TaskDbErr};

/// Makes each line a function over a [`Handle`], answered by the engine's call of that
/// name. No function has a named type parameter for the handle, so that those who name
/// a type, as in `get_task_output::<Proof>`, name all there are.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {$(
        $(#[$doc])*
        pub async fn $name(db: &impl Handle, $($argument: $type),*) -> Result<$result, TaskDbErr> {
            Ok(db.taskdb().await?.$name($($argument),*).await?.into())
        }
    )*};
}

calls! {
    /// Makes a new stream, a lane of one user for one worker type, and returns its id:
    /// `reserved` workers are guaranteed to it, above that it competes with the weight
    /// `be_mult`.
    ///
    /// # Errors
    ///
    /// `InvalidBeMult` outside of 0.001 to 1000000, `InternalErr` for other arguments.
    create_stream(worker_type: &str, reserved: i32, be_mult: f32, user_id: &str) -> Uuid;

    /// The oldest stream of this user and worker type with the values it has; made with
    /// those given when there is none.
    ///
    /// # Errors
    ///
    /// As [`create_stream`].
    get_or_create_stream(worker_type: &str, reserved: i32, be_mult: f32, user_id: &str) -> Uuid;

    /// The oldest stream of this user and worker type.
    ///
    /// # Errors
    ///
    /// `InternalErr` for a bad name.
    get_stream(user_id: &str, worker_type: &str) -> Option<Uuid>;

    /// Makes a job and its task `init`, which is ready at once; returns the job's id.
    ///
    /// # Errors
    ///
    /// `RowNotFound` for the stream, `InternalErr` for other arguments.
    create_job(
        stream_id: &Uuid, task_def: &Value, max_retries: i32, timeout_secs: i32, user_id: &str
    ) -> Uuid;

    /// As [`create_job`] with a class for all tasks of the job.
    ///
    /// # Errors
    ///
    /// As there.
    create_job_with_priority(
        stream_id: &Uuid, task_def: &Value, max_retries: i32, timeout_secs: i32, user_id: &str,
        priority: Priority
    ) -> Uuid;

    /// Adds a task to a job. `prereqs` is an array of names of older tasks of the job;
    /// with all of them done the task is ready at once. The same task again changes
    /// nothing. A done job runs again.
    ///
    /// # Errors
    ///
    /// `RowNotFound` for job, stream or prerequisite; `InternalErr` when the name belongs
    /// to another task, when the job has failed, and for other arguments.
    create_task(
        job_id: &Uuid, task_id: &str, stream_id: &Uuid, task_def: &Value, prereqs: &Value,
        max_retries: i32, timeout_secs: i32
    ) -> ();

    /// Takes the task that is next for this worker type, if one is ready.
    ///
    /// # Errors
    ///
    /// `InternalErr` for a bad name, and while the store gives out no work.
    request_work(worker_type: &str) -> Option<ReadyTask>;

    /// Takes the next task as soon as there is one; `None` after `timeout_secs` seconds.
    ///
    /// # Errors
    ///
    /// As [`request_work`].
    request_work_wait(worker_type: &str, timeout_secs: u64) -> Option<ReadyTask>;

    /// Stores the output of a ready or running task, whoever holds it, and lets its
    /// dependants go; `false` in any other state and for an unknown task.
    ///
    /// # Errors
    ///
    /// `InternalErr` for an output that is too large.
    update_task_done(job_id: &Uuid, task_id: &str, output: Value) -> bool;

    /// Fails a pending, ready or running task and with it the job; `false` in any other
    /// state and for an unknown task.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    update_task_failed(job_id: &Uuid, task_id: &str, error: &str) -> bool;

    /// Raises the progress of a ready or running task, from 0 to 1, and starts its
    /// timeout anew; `false` in any other state and for an unknown task.
    ///
    /// # Errors
    ///
    /// `InternalErr` for NaN.
    update_task_progress(job_id: &Uuid, task_id: &str, progress: f32) -> bool;

    /// Ends the attempt at a running task: it is ready again with one retry more. Beyond
    /// `max_retries` it fails with `retry max hit`, which is `false`; so is any other
    /// state and an unknown task.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    update_task_retry(job_id: &Uuid, task_id: &str) -> bool;

    /// Takes up to `limit` tasks whose timeout is over from their workers and retries
    /// them; returns how many, those that thereby failed included.
    ///
    /// # Errors
    ///
    /// `InternalErr` for a negative limit.
    requeue_tasks(limit: i64) -> usize;

    /// Where a job of this user stands.
    ///
    /// # Errors
    ///
    /// `RowNotFound`, also for a job of another user.
    get_job_state(job_id: &Uuid, user_id: &str) -> JobState;

    /// How many tasks of a job are not done.
    ///
    /// # Errors
    ///
    /// `RowNotFound`.
    get_job_unresolved(job_id: &Uuid) -> i64;

    /// How many jobs of a user are running; 0 for an unknown user.
    ///
    /// # Errors
    ///
    /// `InternalErr` for a bad name.
    get_concurrent_jobs(user_id: &str) -> i64;

    /// Seconds from the first start of a task of the job to the last change of one; 0.0
    /// before any start.
    ///
    /// # Errors
    ///
    /// `RowNotFound`.
    get_job_time(job_id: &Uuid) -> f64;

    /// The error that failed a job, `cancelled` for a cancelled one.
    ///
    /// # Errors
    ///
    /// `RowNotFound` for an unknown job and for one that has not failed.
    get_job_failure(job_id: &Uuid) -> String;

    /// How often a running task has been retried; `None` when it is not running or does
    /// not exist.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    get_task_retries_running(job_id: &Uuid, task_id: &str) -> Option<i32>;

    /// Deletes a job in any state, running work included; an unknown one is `Ok`.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    delete_job(job_id: &Uuid) -> ();

    /// As [`delete_job`], but the output of `init` stays readable for `ttl_secs` seconds.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    delete_job_with_ttl(job_id: &Uuid, ttl_secs: u64) -> ();

    /// Deletes the jobs that are done, never streams; returns how many.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    clear_completed_jobs() -> i32;

    /// As [`clear_completed_jobs`], but the outputs of `init` stay readable for
    /// `ttl_secs` seconds.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    clear_completed_jobs_with_ttl(ttl_secs: u64) -> i32;

    /// Pending tasks that have nothing to wait for. A sound store has none.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    check_stuck_pending_tasks() -> Vec<StuckTaskInfo>;

    /// Readies pending tasks that have nothing to wait for; returns how many.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    fix_stuck_pending_tasks() -> i32;

    /// Counts everything anew and mends the counters that differ. They change with every
    /// call, so a sound store has no need of it.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    refresh_stream_counters() -> ();
}

/// The output of a done task, or that of `init` kept after its job was deleted.
///
/// # Errors
///
/// `RowNotFound` unless the task is done, `JsonErr` when the output has another shape.
pub async fn get_task_output<T: DeserializeOwned>(
    db: &impl Handle,
    job_id: &Uuid,
    task_id: &str,
) -> Result<T, TaskDbErr> {
    Ok(db.taskdb().await?.get_task_output(job_id, task_id).await?)
}

/// Counts of tasks by worker type, class and state: `pending`, `ready`, `running`,
/// `done`, `failed`. Cancelled tasks count as failed, as everywhere in this crate.
///
/// # Errors
///
/// Only those of the store.
pub async fn get_task_state_counts(db: &impl Handle) -> Result<Vec<TaskStateCount>, TaskDbErr> {
    let mut sums = BTreeMap::new();
    for counted in db.taskdb().await?.get_task_state_counts().await? {
        let state = if counted.state == engine::TaskState::Cancelled.name() {
            engine::TaskState::Failed.name().to_owned()
        } else {
            counted.state
        };
        *sums.entry((counted.worker_type, counted.priority, state)).or_insert(0) += counted.count;
    }
    let rows = sums.into_iter().map(|((worker_type, priority, state), count)| TaskStateCount {
        worker_type,
        priority,
        state,
        count,
    });
    Ok(rows.collect())
}
