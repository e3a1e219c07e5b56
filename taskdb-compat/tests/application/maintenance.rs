//! The loops that an application runs beside its agents.

use taskdb::{Handle, StuckTaskInfo, TaskDbErr};

use crate::app::{Log, Running};

/// Gives the tasks of dead agents to others.
pub(crate) async fn requeue_loop(
    db: impl Handle,
    running: Running,
    log: Log,
) -> Result<(), TaskDbErr> {
    while running.goes_on() {
        let requeued = taskdb::requeue_tasks(&db, 100).await?;
        if requeued > 0 {
            log.say(format!("requeued {requeued}"));
        }
        running.pause().await;
    }
    Ok(())
}

/// Frees tasks that wait for nothing.
pub(crate) async fn stuck_task_loop(
    db: impl Handle,
    running: Running,
    log: Log,
) -> Result<(), TaskDbErr> {
    while running.goes_on() {
        let stuck = taskdb::check_stuck_pending_tasks(&db).await?;
        for StuckTaskInfo {
            task_id, worker_type, waiting_on, actual_deps, completed_deps, ..
        } in &stuck
        {
            log.say(format!(
                "stuck {task_id} for {worker_type}: \
                 waits for {waiting_on}, {completed_deps} of {actual_deps} done"
            ));
        }
        if stuck.iter().any(|task| task.should_be_ready) {
            let fixed: i32 = taskdb::fix_stuck_pending_tasks(&db).await?;
            log.say(format!("fixed {fixed}"));
        }
        taskdb::refresh_stream_counters(&db).await?;
        running.pause().await;
    }
    Ok(())
}

/// Deletes what is finished.
pub(crate) async fn cleanup_loop(
    db: impl Handle,
    running: Running,
    log: Log,
) -> Result<(), TaskDbErr> {
    while running.goes_on() {
        let cleared: i32 = taskdb::clear_completed_jobs(&db).await?;
        if cleared > 0 {
            log.say(format!("cleared {cleared}"));
        }
        running.pause().await;
    }
    Ok(())
}
