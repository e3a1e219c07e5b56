//! `taskdb job`: looks at jobs, creates them, and changes what becomes of them.

mod create;
mod filter;
mod list;
mod many;
mod show;
mod spec;
mod wait;

use clap::Subcommand;

use crate::problem::Problem;

use many::Verb;
pub(crate) use show::worker_type;
pub(crate) use spec::{Definition, Limits, duration, whole_secs};

/// Look at jobs, create one, or change what becomes of them.
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
    /// Cancel jobs: nothing of them is done any more.
    #[command(after_help = many::CANCEL)]
    Cancel(many::ManyArgs),
    /// Put failed or cancelled jobs back to work; what is done stays done.
    #[command(after_help = many::RETRY)]
    Retry(many::ManyArgs),
    /// Delete jobs with everything that belongs to them.
    #[command(after_help = many::DELETE)]
    Delete(many::ManyArgs),
    Wait(wait::WaitArgs),
}

pub(crate) fn run(args: JobArgs) -> Result<(), Problem> {
    match args.command {
        JobCommand::List(args) => args.store.with(|db| list::run(db, &args)),
        JobCommand::Show(args) => args.store.with(|db| show::run(db, &args)),
        JobCommand::Create(args) => create::run(args),
        JobCommand::Cancel(args) => args.store.with(|db| many::run(db, &args, Verb::Cancel)),
        JobCommand::Retry(args) => args.store.with(|db| many::run(db, &args, Verb::Retry)),
        JobCommand::Delete(args) => args.store.with(|db| many::run(db, &args, Verb::Delete)),
        JobCommand::Wait(args) => args.store.with(|db| wait::run(db, &args)),
    }
}
