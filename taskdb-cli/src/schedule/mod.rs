//! `taskdb schedule`: jobs that recur. They are fired by workers, not by this program.

mod list;
mod put;

use clap::{Args, Subcommand};
use serde::Serialize;
use taskdb::{Schedule, ScheduleInfo, TaskDb};

use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Look at jobs that recur, or say when one does.
#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
enum ScheduleCommand {
    List(list::ListArgs),
    Put(put::PutArgs),
    /// Let a schedule rest: it makes no jobs, and misses none.
    #[command(after_help = PAUSE)]
    Pause(OneArgs),
    /// Let a schedule go on, from its next tick.
    #[command(after_help = RESUME)]
    Resume(OneArgs),
    /// Delete a schedule; its jobs stay.
    #[command(after_help = DELETE)]
    Delete(OneArgs),
}

/// One schedule.
#[derive(Debug, Args)]
struct OneArgs {
    /// Its name.
    name: String,

    #[command(flatten)]
    store: StoreArgs,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const PAUSE: &str = "\
Examples:
  taskdb schedule pause nightly --url sqlite://jobs.db

Exit codes:
  0 done    1 there is no such schedule, or the store failed    2 the command line cannot be used";

const RESUME: &str = "\
Examples:
  taskdb schedule resume nightly --url sqlite://jobs.db --json

Exit codes:
  0 done    1 there is no such schedule, or the store failed    2 the command line cannot be used";

const DELETE: &str = "\
Examples:
  taskdb schedule delete nightly --url sqlite://jobs.db

Exit codes:
  0 it is not there any more    1 the store failed    2 the command line cannot be used";

/// Schedules read at once.
const PAGE: usize = 1_000;

pub(crate) fn run(args: ScheduleArgs) -> Result<(), Problem> {
    match args.command {
        ScheduleCommand::List(args) => args.store.with(|db| list::run(db, &args)),
        ScheduleCommand::Put(args) => put::run(args),
        ScheduleCommand::Pause(args) => args.store.with(|db| pause(db, &args, true)),
        ScheduleCommand::Resume(args) => args.store.with(|db| pause(db, &args, false)),
        ScheduleCommand::Delete(args) => args.store.with(|db| delete(db, &args)),
    }
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

fn told(args: &OneArgs) -> Result<(), Problem> {
    if args.json { output::document(&Named { name: &args.name }) } else { Ok(()) }
}

async fn pause(db: TaskDb, args: &OneArgs, paused: bool) -> Result<(), Problem> {
    let schedule = Schedule { paused, ..Schedule::read(&find(&db, &args.name).await?)? };
    db.put_schedule(&schedule).await?;
    told(args)
}

async fn delete(db: TaskDb, args: &OneArgs) -> Result<(), Problem> {
    db.delete_schedule(&args.name).await?;
    told(args)
}

async fn find(db: &TaskDb, name: &str) -> Result<ScheduleInfo, Problem> {
    let mut after: Option<String> = None;
    loop {
        let page = db.list_schedules(after.as_deref(), PAGE).await?;
        after = page.last().filter(|_| page.len() >= PAGE).map(|last| last.name.clone());
        if let Some(found) = page.into_iter().find(|schedule| schedule.name == name) {
            return Ok(found);
        }
        if after.is_none() {
            return Err(Problem::Failed(format!("schedule `{}` not found", output::clean(name))));
        }
    }
}
