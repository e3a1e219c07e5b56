//! The workers of a run: so many of each type, one for the planner, and one that
//! puts back what lost workers held.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use taskdb::{ReadyTask, TaskDb};
use tokio::task::JoinSet;

use super::shared::Shared;
use super::{planner, worker};
use crate::plan::PLANNER;

/// How long a claim lasts without renewal.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// How long a worker waits for work before it asks anew.
const WAIT: Duration = Duration::from_secs(30);
/// How often expired claims are looked for.
const REQUEUE: Duration = Duration::from_secs(5);
/// How often at the start the claims of earlier runs are put back once more.
const LATE: u32 = 12;

/// Starts all of them; they run until [`Shared::stop`].
pub(super) fn start(shared: &Arc<Shared>) -> JoinSet<anyhow::Result<()>> {
    let mut pool = JoinSet::new();
    for worker_type in shared.graph.worker_types() {
        for _ in 0..shared.jobs {
            pool.spawn(work(Arc::clone(shared), worker_type.to_owned()));
        }
    }
    pool.spawn(work(Arc::clone(shared), PLANNER.to_owned()));
    pool.spawn(requeue(Arc::clone(shared)));
    pool
}

/// Waits for all; the first that fails ends the run.
pub(super) async fn join(mut pool: JoinSet<anyhow::Result<()>>, shared: &Shared) {
    while let Some(ended) = pool.join_next().await {
        if let Err(error) = ended.context("a worker broke off").flatten() {
            shared.fail(Err(error));
        }
    }
}

async fn work(shared: Arc<Shared>, worker_type: String) -> anyhow::Result<()> {
    let db = &shared.engine.db;
    let lane = shared.engine.worker_type(&worker_type);
    loop {
        let claim = db.request_work_batch_wait(&lane, 1, Some(LEASE), WAIT);
        let tasks = tokio::select! {
            biased;
            () = shared.stopped() => return Ok(()),
            tasks = claim => tasks,
        };
        for task in tasks.inspect_err(|_| shared.stop()).context("cannot take work")? {
            let name = task.task_id.clone();
            let handled = handle(&shared, db, &worker_type, task).await;
            if let Err(error) = handled.with_context(|| format!("task `{name}`")) {
                shared.fail(Err(error));
                return Ok(());
            }
        }
        shared.settled();
    }
}

async fn handle(
    shared: &Shared,
    db: &TaskDb,
    worker_type: &str,
    task: ReadyTask,
) -> anyhow::Result<()> {
    if worker_type == PLANNER {
        planner::handle(shared, db, task).await
    } else {
        worker::handle(shared, db, task).await
    }
}

async fn requeue(shared: Arc<Shared>) -> anyhow::Result<()> {
    for look in 0.. {
        tokio::select! {
            () = shared.stopped() => return Ok(()),
            () = tokio::time::sleep(REQUEUE) => {}
        }
        // A call that an earlier run sent last may have been late; were its claims left
        // to expire, that would count as a failed attempt.
        for worker in shared.earlier.iter().filter(|_| look < LATE) {
            let _ = shared.engine.db.release_worker(worker).await;
        }
        match shared.engine.db.requeue_tasks(100).await {
            Ok(_) => {}
            Err(error) if error.is_retryable() => {}
            Err(error) => shared.fail(Err(error.into())),
        }
    }
    Ok(())
}
