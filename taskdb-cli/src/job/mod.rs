//! `taskdb job`: looks at jobs, and creates them.

mod create;
mod list;
mod show;
mod spec;

use clap::Subcommand;

use crate::problem::Problem;

pub(crate) use spec::{Definition, Limits, duration};

/// Look at jobs, or create one.
#[derive(Debug, clap::Args)]
pub(crate) struct JobArgs {
    #[command(subcommand)]
    command: JobCommand,
}

#[derive(Debug, Subcommand)]
enum JobCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Create(create::CreateArgs),
}

pub(crate) fn run(args: JobArgs) -> Result<(), Problem> {
    match args.command {
        JobCommand::List(args) => args.store.with(|db| list::run(db, &args)),
        JobCommand::Show(args) => args.store.with(|db| show::run(db, &args)),
        JobCommand::Create(args) => create::run(args),
    }
}
