//! The slots of a worker: each takes a task, has it done, reports, and takes the next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb::{ReadyTask, TaskDb, TaskDbErr};
use tokio::sync::watch;

use super::args::{Input, Output};
use super::log::Log;
use super::{attempt, claim, patience, report};
use crate::graph::Command;

/// How long a slot waits for work before it asks anew.
const WAIT: Duration = Duration::from_secs(30);
/// Expired claims taken away at once.
const REQUEUE: i64 = 100;

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Tasks are taken.
    Serving,
    /// No more are taken, those at hand go on.
    Draining,
    /// Those at hand are killed and given back.
    Killed,
}

/// What every task is done with.
pub(super) struct Settings {
    pub(super) command: Command,
    pub(super) input: Input,
    pub(super) output: Output,
    pub(super) lease: Duration,
}

/// What the slots share.
pub(super) struct Pool {
    pub(super) db: TaskDb,
    pub(super) settings: Settings,
    pub(super) log: Log,
    stage: watch::Sender<Stage>,
    /// How many programs run.
    busy: watch::Sender<usize>,
}

impl Pool {
    pub(super) fn new(db: TaskDb, settings: Settings, log: Log) -> Self {
        let (stage, busy) = (watch::Sender::new(Stage::Serving), watch::Sender::new(0));
        Self { db, settings, log, stage, busy }
    }

    /// Goes on to a later stage, never back.
    pub(super) fn advance(&self, stage: Stage) {
        self.stage.send_if_modified(|now| {
            let later = stage > *now;
            *now = stage.max(*now);
            later
        });
    }

    /// Goes on to the next stage.
    pub(super) fn hurry(&self) {
        let now = *self.stage.borrow();
        self.advance(if now == Stage::Serving { Stage::Draining } else { Stage::Killed });
    }

    /// Every stage from the present one on.
    pub(super) fn stages(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// Returns once the end has come that far.
    pub(super) async fn reached(&self, stage: Stage) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stage.subscribe().wait_for(|now| *now >= stage).await;
    }
}

/// Serves one worker type until the worker is to stop; the error is a reason to stop it.
pub(super) async fn slot(pool: Arc<Pool>, worker_type: String) -> Result<(), String> {
    let mut pauses = None;
    loop {
        let lease = Some(pool.settings.lease);
        let answer = tokio::select! {
            biased;
            () = pool.reached(Stage::Draining) => return Ok(()),
            answer = pool.db.request_work_batch_wait(&worker_type, 1, lease, WAIT) => answer,
        };
        match answer {
            Ok(tasks) => {
                pauses = None;
                for task in tasks {
                    serve(&pool, &worker_type, task).await?;
                }
            }
            Err(why) if patience::passes(&why) || matches!(why, TaskDbErr::Closed { .. }) => {
                if pauses.is_none() {
                    pool.log.note(&format!("no work for `{worker_type}`, will ask again: {why}"));
                }
                let pauses = pauses.get_or_insert_with(patience::pauses);
                rest(&pool, pauses.next().unwrap_or(WAIT)).await;
            }
            Err(why) => return Err(format!("cannot take work for `{worker_type}`: {why}")),
        }
    }
}

/// Sleeps, unless the worker is to stop.
async fn rest(pool: &Pool, pause: Duration) {
    tokio::select! {
        () = pool.reached(Stage::Draining) => {}
        () = tokio::time::sleep(pause) => {}
    }
}

async fn serve(pool: &Pool, worker_type: &str, ready: ReadyTask) -> Result<(), String> {
    pool.busy.send_modify(|busy| *busy += 1);
    pool.log.tell("start", &ready, "");
    let start = Instant::now();
    let end = attempt::run(pool, &ready, worker_type).await;
    // The claim is kept alive until the store has taken the report, however long it is away.
    let outcome = tokio::select! {
        outcome = report::settle(pool, &ready, worker_type, end, start) => outcome,
        never = claim::keep(&pool.db, &ready.claim, pool.settings.lease) => never,
    };
    pool.busy.send_modify(|busy| *busy -= 1);
    outcome
}

/// Puts back what lost workers held, for as long as it runs.
pub(super) async fn requeue(pool: Arc<Pool>) {
    let mut silent = true;
    for pause in patience::beats() {
        tokio::time::sleep(pause).await;
        let taken = pool.db.requeue_tasks(REQUEUE).await;
        if let (Err(why), true) = (&taken, silent) {
            pool.log.note(&format!("cannot look for lost workers, will try again: {why}"));
        }
        silent = taken.is_ok();
    }
}

/// Stops the worker once nothing has run for so long.
pub(super) async fn stop_when_idle(pool: Arc<Pool>, idle: Duration) {
    let mut busy = pool.busy.subscribe();
    loop {
        // The sender lives as long as the pool.
        let _ = busy.wait_for(|busy| *busy == 0).await;
        if tokio::time::timeout(idle, busy.changed()).await.is_err() {
            return pool.advance(Stage::Draining);
        }
    }
}
