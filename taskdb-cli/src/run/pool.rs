//! The worker of a run: takes the commands of its job, so many at a time, and the steps
//! of its planner, one at a time, until the job or the run ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use taskdb::worker::RunError;
use taskdb::{Retention, TaskDb, Worker};

use super::planner::Planner;
use super::shared::{PATIENCE, Shared};
use super::told::Told;
use super::worker::Commands;
use crate::plan::PLANNER;

/// How often the claims of earlier runs are put back once more, and for how many times.
const LATE: (Duration, u32) = (Duration::from_secs(5), 12);

/// Works until `end`; then every command is killed, and what is not done goes back.
pub(super) async fn work(shared: &Arc<Shared>, end: impl Future<Output = ()>) {
    let ended = tokio::select! {
        ended = worker(shared).run_until(end) => ended,
        () = shared.cut_off.end(shared.records.as_ref()) => return,
    };
    match ended {
        // Whoever resumes the run sees to what could not be given back.
        Ok(()) | Err(RunError::NotReleased(_)) => {}
        // Only the run itself stops its worker, and has said why.
        Err(why) => shared.fail(Err(why).context("the worker has ended")),
    }
}

fn worker(shared: &Arc<Shared>) -> Worker {
    let (db, planner) = (&shared.engine.db, shared.engine.worker_type(PLANNER));
    let mut worker = Worker::new(db.clone())
        .named(db.worker_id())
        .concurrency(shared.jobs)
        .concurrency_of(&planner, 1)
        .drain(Duration::ZERO)
        .patience(PATIENCE)
        // The other jobs of the store are somebody else's.
        .retention(Retention::OFF)
        .hooks(Told(Arc::clone(shared)));
    for worker_type in shared.graph.worker_types() {
        worker = worker.on(shared.engine.worker_type(worker_type), Commands(Arc::clone(shared)));
    }
    if !shared.earlier.is_empty() {
        worker = late(worker, shared.earlier.clone());
    }
    shared.traces.layer(worker.on(planner, Planner(Arc::clone(shared))))
}

/// A call that an earlier run sent last may have been late; were its claims left to
/// expire, that would count as a failed attempt.
fn late(worker: Worker, earlier: Vec<String>) -> Worker {
    let (earlier, looks) = (Arc::new(earlier), Arc::new(AtomicU32::new(0)));
    worker.chore("claims of earlier runs", LATE.0, move |db: TaskDb| {
        let (earlier, looks) = (Arc::clone(&earlier), Arc::clone(&looks));
        async move {
            if looks.fetch_add(1, Ordering::Relaxed) <= LATE.1 {
                for worker in earlier.iter() {
                    db.release_worker(worker).await?;
                }
            }
            Ok(())
        }
    })
}
