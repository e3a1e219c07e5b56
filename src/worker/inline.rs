//! Runs a job to its end in the task of the caller: the handlers of a worker without its
//! loops, for tests.

use std::sync::Arc;

use taskdb_core::request::RequestWork;
use taskdb_core::{Entity, JobState, ManualClock, ReadyTask, TaskDbErr};
use uuid::Uuid;

use super::attempt::{self, End};
use super::shared::Shared;
use super::{Request, Worker};

impl<S: Send + Sync + 'static> Worker<S> {
    /// Runs a job to its end, one task after the other, and returns how it ended. Tasks are
    /// done in the order in which the store hands them out, each in the place of the call;
    /// nothing runs beside it, no lease and no timeout is kept, and no signal is listened to.
    ///
    /// Where the next task is delayed, `clock` is moved to its start; it must be the one of
    /// the store. Without a clock the delay is waited for.
    ///
    /// Other jobs of the same worker types are worked on where their tasks come first.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use taskdb::worker::{Context, Error, Result};
    /// use taskdb::{JobState, ManualClock, Worker};
    ///
    /// async fn third_time_lucky(_: String, cx: Context) -> Result<u32> {
    ///     if cx.attempt() < 3 { Err(Error::retry("not yet")) } else { Ok(cx.attempt()) }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let clock = ManualClock::default();
    /// let store = taskdb::sqlite::Config::memory().clock(Arc::new(clock.clone()));
    /// let db = store.connect().await?;
    /// let cpu = db.create_stream("cpu", 1, 1.0, "alice").await?;
    /// let job = db.create_job(&cpu, &"try".into(), 5, 60, "alice").await?;
    ///
    /// let worker = Worker::new(db.clone()).on("cpu", third_time_lucky);
    /// assert_eq!(worker.run_inline(&job, Some(&clock)).await?, JobState::Done);
    /// assert_eq!(db.get_task_output::<u32>(&job, "init").await?, 3);
    /// # Ok::<(), taskdb::TaskDbErr>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotFound` for an unknown job, `InvalidState` when nothing is left that this worker
    /// can do although the job has not ended, or when a handler has stopped the worker;
    /// those of the store.
    pub async fn run_inline(
        &self,
        job_id: &Uuid,
        clock: Option<&ManualClock>,
    ) -> Result<JobState, TaskDbErr> {
        let shared = self.shared();
        loop {
            let job = shared.db.get_job(job_id).await?;
            if job.state != JobState::Running {
                return Ok(job.state);
            }
            let mut next_start = None;
            let mut worked = false;
            for worker_type in self.routes.worker_types() {
                let (task, next) = ask(&shared, &worker_type).await?;
                next_start = next_start.or(next);
                if let Some(task) = task {
                    work(&shared, task, &worker_type).await;
                    worked = true;
                }
            }
            if let Some(why) = shared.stop.failure() {
                return Err(stuck(job_id, format!("is not done: {why}")));
            }
            match (worked, next_start, clock) {
                (true, _, _) => {}
                (false, Some(wait), Some(clock)) => clock.advance(wait),
                (false, Some(wait), None) => tokio::time::sleep(wait).await,
                (false, None, _) => {
                    let types = self.routes.worker_types().join(", ");
                    let why = format!("is not done and has no task for a worker of {types}");
                    return Err(stuck(job_id, why));
                }
            }
        }
    }
}

fn stuck(job_id: &Uuid, reason: String) -> TaskDbErr {
    TaskDbErr::InvalidState { entity: Entity::Job(*job_id), reason }
}

/// The next task, and how long it is until the next delayed one may start.
async fn ask(
    shared: &Shared,
    worker_type: &str,
) -> Result<(Option<ReadyTask>, Option<std::time::Duration>), TaskDbErr> {
    if let Some(task) = shared.db.request_work(worker_type).await? {
        return Ok((Some(task), None));
    }
    // Asking with no id claims nothing, and tells when there will be something.
    let request = RequestWork {
        worker_type: worker_type.to_owned(),
        worker_id: shared.db.worker_id().to_owned(),
        claim_ids: Vec::new(),
        may_repeat: false,
        lease: None,
        inputs: None,
    };
    Ok((None, shared.db.store().request_work(request).await?.next_start))
}

async fn work(shared: &Shared, task: ReadyTask, worker_type: &str) {
    let hold = shared.hold(task, worker_type.into());
    let request = Request::new(Arc::clone(&hold));
    shared.hooks.started(&request);
    let start = tokio::time::Instant::now();
    let end = attempt::guarded(attempt::handle(shared, &hold, request.clone())).await;
    let ended = attempt::settle(shared, &hold, &request, end.unwrap_or_else(End::Failed)).await;
    shared.let_go(&hold);
    shared.counters.ended(&ended);
    shared.hooks.ended(&request, &ended, start.elapsed());
}
