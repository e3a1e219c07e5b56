//! The slots of a worker: each takes a task, has it done, reports, and takes the next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb::{ReadyTask, TaskDb};
use tokio::sync::watch;

use super::args::{Input, Output};
use super::idle::Idle;
use super::log::Log;
use super::{attempt, claim, patience, report};
use crate::graph::Command;

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
    idle: Idle,
}

impl Pool {
    pub(super) fn new(db: TaskDb, settings: Settings, log: Log, idle: Idle) -> Self {
        Self { db, settings, log, stage: watch::Sender::new(Stage::Serving), idle }
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
/// The number is another one for each slot.
pub(super) async fn slot(
    pool: Arc<Pool>,
    number: usize,
    worker_type: String,
) -> Result<(), String> {
    let mut pauses = None;
    loop {
        let (lease, patience) = (Some(pool.settings.lease), pool.idle.patience());
        let answer = tokio::select! {
            biased;
            () = pool.reached(Stage::Draining) => return Ok(()),
            answer = pool.db.request_work_batch_wait(&worker_type, 1, lease, patience) => answer,
        };
        match answer {
            Ok(tasks) if tasks.is_empty() => {
                pauses = None;
                if pool.idle.waited(number) {
                    pool.advance(Stage::Draining);
                }
            }
            Ok(tasks) => {
                pauses = None;
                for task in tasks {
                    serve(&pool, &worker_type, task).await?;
                }
            }
            Err(why) if patience::passes(&why) => {
                if pauses.is_none() {
                    pool.log.note(&format!("no work for `{worker_type}`, will ask again: {why}"));
                }
                let pauses = pauses.get_or_insert_with(patience::pauses);
                rest(&pool, pauses.next().unwrap_or(patience)).await;
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
    pool.idle.disturb();
    pool.log.tell("start", &ready, "");
    let start = Instant::now();
    let end = attempt::run(pool, &ready, worker_type).await;
    // The claim is kept alive until the store has taken the report, however long it is away.
    let outcome = tokio::select! {
        outcome = report::settle(pool, &ready, worker_type, end, start) => outcome,
        never = claim::keep(&pool.db, &ready.claim, pool.settings.lease) => never,
    };
    pool.idle.disturb();
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
