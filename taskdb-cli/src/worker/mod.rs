//! `taskdb worker`: serves tasks of a store with a program, one process for each.
//!
//! What a program is given and how it answers is in `docs/worker-protocol.md`. Everything
//! around the programs is the worker runtime of the library.

mod args;
mod attempt;
mod children;
mod control;
mod list;
mod log;
mod scratch;
mod watched;

use clap::{Args, FromArgMatches, Subcommand};
use taskdb::worker::RunError;
use taskdb::{TaskDb, Worker};

use args::WorkerArgs;

use crate::problem::Problem;
use crate::watch::Traces;
use attempt::Program;
use log::Log;

/// What is asked of workers: to be one, or who there is.
#[derive(Debug)]
pub(crate) enum WorkerCommand {
    Serve(WorkerArgs),
    Look(Look),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Look {
    List(list::ListArgs),
}

/// By hand, for clap cannot tell by itself whether options that need each other were given.
impl FromArgMatches for WorkerCommand {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand() {
            None => WorkerArgs::from_arg_matches(matches).map(Self::Serve),
            Some(_) => Look::from_arg_matches(matches).map(Self::Look),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for WorkerCommand {
    fn augment_args(command: clap::Command) -> clap::Command {
        let command = Look::augment_subcommands(WorkerArgs::augment_args(command));
        // A derived list of subcommands asks for one of them.
        let command = command.subcommand_required(false).arg_required_else_help(false);
        command.args_conflicts_with_subcommands(true).subcommand_negates_reqs(true)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

pub(crate) fn run(args: &WorkerCommand) -> Result<(), Problem> {
    match args {
        WorkerCommand::Serve(args) => args.store.with(|db| serve(db, args)),
        WorkerCommand::Look(Look::List(args)) => args.store.with(|db| list::run(db, args)),
    }
}

async fn serve(db: TaskDb, args: &WorkerArgs) -> Result<(), Problem> {
    let (db, traces) = Traces::around(db, &args.traces);
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
    if let Some(address) = args.listen {
        watched::begin(address, worker.monitor(), args.quiet).await?;
    }
    traces.layer(worker).run().await.map_err(|why| match why {
        RunError::Invalid(error) => error.into(),
        other => Problem::Failed(other.to_string()),
    })
}
