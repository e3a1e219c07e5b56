//! `taskdb worker`: serves tasks of a store with a program, one process for each.
//!
//! What a program is given and how it answers is in `docs/worker-protocol.md`.

mod args;
mod attempt;
mod children;
mod claim;
mod control;
mod idle;
mod log;
mod patience;
mod pool;
mod report;
mod scratch;

use std::sync::Arc;
use std::time::Duration;

use taskdb::TaskDb;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

pub(crate) use args::WorkerArgs;

use crate::problem::Problem;
use idle::Idle;
use log::Log;
use pool::{Pool, Settings, Stage};

/// How long the store is given to take back what was killed.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) fn run(args: &WorkerArgs) -> Result<(), Problem> {
    args.store.with(|db| serve(db, args))
}

async fn serve(db: TaskDb, args: &WorkerArgs) -> Result<(), Problem> {
    let signals = Signals::new()?;
    let settings = Settings {
        command: args.command(),
        input: args.input,
        output: args.output,
        lease: args.lease,
    };
    let types = args.worker_types.iter();
    let lanes = types.flat_map(|worker_type| std::iter::repeat_n(worker_type, args.jobs.get()));
    let idle = Idle::new(args.until_idle, lanes.clone().count());
    let pool = Arc::new(Pool::new(db, settings, Log::new(args.quiet), idle));
    let mut slots = JoinSet::new();
    for (number, worker_type) in lanes.enumerate() {
        slots.spawn(pool::slot(Arc::clone(&pool), number, worker_type.clone()));
    }
    let mut helpers = JoinSet::new();
    helpers.spawn(pool::requeue(Arc::clone(&pool)));
    let outcome = attend(&pool, slots, signals, args.drain).await;
    helpers.shutdown().await;
    release(&pool).await;
    outcome.map_err(Problem::Failed)
}

/// Waits for all slots, and hurries them when it is told to.
async fn attend(
    pool: &Pool,
    mut slots: JoinSet<Result<(), String>>,
    mut signals: Signals,
    drain: Duration,
) -> Result<(), String> {
    let mut stages = pool.stages();
    let mut outcome = Ok(());
    let mut due = None;
    loop {
        tokio::select! {
            ended = slots.join_next() => match ended {
                None => return outcome,
                Some(ended) => {
                    let ended = ended.unwrap_or_else(|why| Err(format!("a slot broke off: {why}")));
                    if ended.is_err() {
                        pool.advance(Stage::Draining);
                        outcome = outcome.and(ended);
                    }
                }
            },
            // The first signal ends the taking, the second what still runs.
            () = signals.next() => pool.hurry(),
            // The pool keeps the sender.
            Ok(()) = stages.changed() => {
                let killed = *stages.borrow_and_update() == Stage::Killed;
                due = Some(Instant::now() + if killed { GRACE } else { drain });
            }
            () = until(due) => {
                if *stages.borrow() == Stage::Killed {
                    let late = "the store took nothing back in time".to_owned();
                    return outcome.and(Err(late));
                }
                due = None;
                pool.hurry();
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Gives back what was claimed by a call whose answer nobody waited for. The second call
/// finds what was claimed after the first, in the step it was part of.
async fn release(pool: &Pool) {
    for _ in 0..2 {
        let released = timeout(GRACE, pool.db.release_worker(pool.db.worker_id())).await;
        if !matches!(released, Ok(Ok(_))) {
            pool.log.note("what this worker may still hold comes back when its lease ends");
            return;
        }
    }
}

/// The signals that end a worker in good order.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> std::io::Result<Self> {
        let [hangup, interrupt, terminate] =
            [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Self([hangup?, interrupt?, terminate?]))
    }

    /// Returns when one has come.
    async fn next(&mut self) {
        let [hangup, interrupt, terminate] = &mut self.0;
        tokio::select! {
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
