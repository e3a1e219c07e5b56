//! `taskdb job wait`.

use std::time::{Duration, Instant};

use clap::Args;
use taskdb::{JobState, TaskDb};
use uuid::Uuid;

use super::duration;
use crate::output::{self, JobDoc};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// The first pause between two looks, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Wait for the end of a job, and print its state.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct WaitArgs {
    /// The job's id.
    job_id: Uuid,

    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Wait no longer than this.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb job wait 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db
  taskdb job wait 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db --timeout 10m --json

Exit codes:
  0 the job is done    1 it failed, was cancelled or still runs, or the store failed
  2 the command line cannot be used";

pub(super) async fn run(db: TaskDb, args: &WaitArgs) -> Result<(), Problem> {
    let (start, mut pause) = (Instant::now(), PAUSES.0);
    let job = loop {
        let job = db.get_job(&args.job_id).await?;
        let left = args.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
        if job.state != JobState::Running || left == Some(Duration::ZERO) {
            break job;
        }
        tokio::time::sleep(left.unwrap_or(pause).min(pause)).await;
        pause = (pause * 2).min(PAUSES.1);
    };
    let (state, error) = (job.state, job.error.clone().unwrap_or_default());
    if args.json {
        output::document(&JobDoc::from(job))?;
    } else {
        output::line(state.name())?;
    }
    match state {
        JobState::Done => Ok(()),
        JobState::Running => Err(Problem::Failed("the job still runs".to_owned())),
        _ if error.is_empty() => Err(Problem::Failed(format!("the job is {}", state.name()))),
        _ => Err(Problem::Failed(output::clean(&error))),
    }
}
