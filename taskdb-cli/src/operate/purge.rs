//! `taskdb purge`.

use std::time::Duration;

use clap::{ArgGroup, Args};
use serde::Serialize;
use taskdb::{Keep, Retention};

use crate::job::duration;
use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Delete finished jobs whose last change is long ago; those that are kept by name stay.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("which").required(true).multiple(true).args(["done", "failed", "cancelled"])))]
pub(crate) struct PurgeArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Jobs that have been done for so long, such as 168h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    done: Option<Duration>,

    /// Jobs that have failed so long ago.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    failed: Option<Duration>,

    /// Jobs that were cancelled so long ago.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    cancelled: Option<Duration>,

    /// Yes, delete them.
    #[arg(long)]
    yes: bool,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb purge --url sqlite://jobs.db --done 24h --cancelled 24h --failed 720h --yes

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used, or --yes is missing";

#[derive(Serialize)]
struct PurgedDoc {
    done: u64,
    failed: u64,
    cancelled: u64,
}

pub(crate) fn run(args: &PurgeArgs) -> Result<(), Problem> {
    if !args.yes {
        return Err(Problem::Refused("purge deletes jobs: give --yes".to_owned()));
    }
    let keep = |age: Option<Duration>| Keep { age, count: None };
    let (done, failed, cancelled) = (keep(args.done), keep(args.failed), keep(args.cancelled));
    let retention = Retention { done, failed, cancelled };
    let purged = args.store.with(async |db: taskdb::TaskDb| Ok(db.purge(&retention).await?))?;
    let taskdb::Purged { done, failed, cancelled } = purged;
    if args.json {
        return output::document(&PurgedDoc { done, failed, cancelled });
    }
    output::line(&format!("deleted {done} done, {failed} failed, {cancelled} cancelled jobs"))
}
