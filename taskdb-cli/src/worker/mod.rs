//! `taskdb worker`: serves tasks of a store with a program, one process for each.
//!
//! What a program is given and how it answers is in `docs/worker-protocol.md`. Everything
//! around the programs is the worker runtime of the library.

mod args;
mod attempt;
mod children;
mod control;
mod log;
mod scratch;

use taskdb::worker::RunError;
use taskdb::{TaskDb, Worker};

pub(crate) use args::WorkerArgs;

use crate::problem::Problem;
use attempt::Program;
use log::Log;

pub(crate) fn run(args: &WorkerArgs) -> Result<(), Problem> {
    args.store.with(|db| serve(db, args))
}

async fn serve(db: TaskDb, args: &WorkerArgs) -> Result<(), Problem> {
    let mut worker = Worker::new(db)
        .concurrency(args.jobs.get())
        .lease(args.lease)
        .drain(args.drain)
        .hooks(Log::new(args.quiet));
    for worker_type in &args.worker_types {
        worker = worker.on(worker_type, Program::new(args));
    }
    if let Some(after) = args.until_idle {
        worker = worker.until_idle(after);
    }
    worker.run().await.map_err(|why| match why {
        RunError::Invalid(error) => error.into(),
        other => Problem::Failed(other.to_string()),
    })
}
