//! `taskdb schedule put`.

use clap::{Args, ValueEnum};
use serde_json::Value;
use taskdb::{MissedTicks, NewJob, Priority, Schedule, TaskDb};

use super::Named;
use crate::job::{Definition, duration, whole_secs};
use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Say when a job recurs: make a schedule, or change one.
///
/// Saying the same again changes nothing. Workers make its jobs, each with the labels
/// `schedule` and `tick`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PutArgs {
    /// Its name.
    name: String,

    #[command(flatten)]
    store: StoreArgs,

    /// When: minute, hour, day of month, month, day of week; with six fields seconds come first.
    #[arg(long, value_name = "CRON")]
    cron: String,

    /// Where these times are, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,

    /// What happens to ticks that came while no worker looked.
    #[arg(long, value_enum, default_value = "once")]
    missed: Missed,

    /// The owner of its jobs.
    #[arg(long)]
    user: String,

    /// The type of the workers that do `init`.
    #[arg(long, value_name = "TYPE")]
    worker_type: String,

    #[command(flatten)]
    definition: Definition,

    /// How often `init` is tried again after a failure.
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: i32,

    /// How long an attempt may go without progress, such as 30s or 1h.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    timeout: std::time::Duration,

    /// The class of all tasks of its jobs: high, medium or low.
    #[arg(long, default_value_t)]
    priority: Priority,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

/// What happens to missed ticks.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Missed {
    /// Those more than a minute late make no job.
    Skip,
    /// All of them together make one job.
    Once,
    /// Each makes its job.
    All,
}

const EXAMPLES: &str = "\
Examples:
  taskdb schedule put nightly --url sqlite://jobs.db --cron '30 2 * * *' \\
    --time-zone Europe/Berlin --user alice --worker-type shell --definition '\"report\"'

Exit codes:
  0 done    1 the store refused or failed    2 the command line cannot be used";

pub(super) fn run(args: PutArgs) -> Result<(), Problem> {
    let definition = args.definition.read()?;
    args.store.with(|db| put(db, &args, definition))
}

async fn put(db: TaskDb, args: &PutArgs, definition: Value) -> Result<(), Problem> {
    let schedule = |stream| {
        let job = NewJob::new(&args.user, stream, definition.clone())
            .retries(args.retries)
            .timeout_secs(whole_secs(args.timeout))
            .priority(args.priority);
        let missed = match args.missed {
            Missed::Skip => MissedTicks::Skip,
            Missed::Once => MissedTicks::Once,
            Missed::All => MissedTicks::All,
        };
        Schedule::new(&args.name, &args.cron, job).time_zone(&args.time_zone).missed(missed)
    };
    // What nobody understands makes no stream.
    schedule(uuid::Uuid::nil()).check()?;
    let stream = db.get_or_create_stream(&args.worker_type, 0, 1.0, &args.user).await?;
    db.put_schedule(&schedule(stream)).await?;
    if args.json { output::document(&Named { name: &args.name }) } else { Ok(()) }
}
