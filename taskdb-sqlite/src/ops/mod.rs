//! The verbs, one file each.

pub(crate) mod cancel_job;
pub(crate) mod cancel_task;
pub(crate) mod check_stuck_pending_tasks;
pub(crate) mod clear_completed_jobs;
pub(crate) mod create_job;
pub(crate) mod create_stream;
pub(crate) mod create_tasks;
pub(crate) mod delete_job;
pub(crate) mod delete_schedule;
pub(crate) mod delete_stream;
pub(crate) mod describe;
pub(crate) mod export;
pub(crate) mod fire_schedule;
pub(crate) mod get_concurrent_jobs;
pub(crate) mod get_job;
pub(crate) mod get_prerequisites;
pub(crate) mod get_task;
pub(crate) mod get_task_output;
pub(crate) mod get_task_state_counts;
pub(crate) mod heartbeat_worker;
pub(crate) mod import;
pub(crate) mod list_claims;
pub(crate) mod list_events;
pub(crate) mod list_jobs;
pub(crate) mod list_schedules;
pub(crate) mod list_streams;
pub(crate) mod list_tasks;
pub(crate) mod list_workers;
pub(crate) mod probe;
pub(crate) mod purge_jobs;
pub(crate) mod put_schedule;
pub(crate) mod release_claims;
pub(crate) mod release_worker;
pub(crate) mod renew_claims;
pub(crate) mod repair;
pub(crate) mod request_work;
pub(crate) mod requeue_tasks;
pub(crate) mod retry_job;
pub(crate) mod retry_task;
pub(crate) mod set_events;
pub(crate) mod set_gate;
pub(crate) mod update_job;
pub(crate) mod update_stream;
pub(crate) mod update_task_done;
pub(crate) mod update_task_failed;
pub(crate) mod update_task_progress;
pub(crate) mod update_task_retry;

use taskdb_core::{Result, TaskState};

use crate::error::{Fault, Outcome};
use crate::row::Task;
use crate::sql;
use crate::unit::Unit;

/// The most claims that one step of a sweep takes.
pub(crate) const STEP: u64 = 100;

/// Applies a verb to each entry of a batch; what is refused does not stop the rest.
fn each<E, T>(entries: &[E], mut apply: impl FnMut(&E) -> Outcome<T>) -> Outcome<Vec<Result<T>>> {
    entries
        .iter()
        .map(|entry| match apply(entry) {
            Ok(answer) => Ok(Ok(answer)),
            Err(Fault::Refused(error)) => Ok(Err(*error)),
            Err(other) => Err(other),
        })
        .collect()
}

/// Reads the running tasks that a statement lists, with their jobs loaded. One whose
/// job is missing cannot be helped and must not stop the others.
fn claims(
    unit: &mut Unit<'_>,
    statement: &str,
    params: impl rusqlite::Params,
) -> Outcome<Vec<(i64, Task)>> {
    let listed =
        unit.all(statement, params, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let mut tasks = Vec::with_capacity(listed.len());
    for (job, number) in listed {
        if !unit.load_job(job)? {
            let (to, now) = (TaskState::Cancelled.code(), unit.now);
            let params = (unit.ns, job, number, to, false, None::<&str>, 0, now);
            unit.exec(sql::tasks::finish, params)?;
            tracing::error!(job, task = number, "a running task without a job was put aside");
            continue;
        }
        if let Some(task) = unit.one(sql::tasks::load, (unit.ns, job, number), Task::read)? {
            tasks.push((job, task));
        }
    }
    Ok(tasks)
}
