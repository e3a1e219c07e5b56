//! `taskdb job list`.

use clap::Args;
use serde::Serialize;
use taskdb::{JobState, TaskDb};

use super::filter::{FilterArgs, state};
use crate::output::{self, JobDoc, PageArgs, Table};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// List jobs, oldest first.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,

    #[command(flatten)]
    which: FilterArgs,

    /// Only those in this state: running, done, failed or cancelled.
    #[arg(long, value_parser = state)]
    state: Option<JobState>,

    #[command(flatten)]
    page: PageArgs,
}

const EXAMPLES: &str = "\
Examples:
  taskdb job list --url sqlite://jobs.db
  taskdb job list --url sqlite://jobs.db --user alice --state failed
  taskdb job list --url sqlite://jobs.db --name nightly --label team=maps
  taskdb job list --url sqlite://jobs.db --limit 1000 --json

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

#[derive(Serialize)]
struct Page {
    jobs: Vec<JobDoc>,
    next: Option<u64>,
}

pub(super) async fn run(db: TaskDb, args: &ListArgs) -> Result<(), Problem> {
    let filter = args.which.filter(args.state);
    let jobs = db.list_jobs(filter, args.page.after, args.page.limit).await?;
    let next = args.page.next(&jobs, |job| job.age);
    if args.page.json {
        let jobs = jobs.into_iter().map(JobDoc::from).collect();
        return output::document(&Page { jobs, next });
    }
    let heading = ["JOB", "USER", "STATE", "PRIORITY", "DONE", "CREATED", "TOOK", "ERROR"];
    let mut table = Table::new(heading);
    for job in jobs {
        table.row([
            job.job_id.to_string(),
            job.user_id.clone(),
            job.state.name().to_owned(),
            job.priority.to_string(),
            format!("{}/{}", job.tasks.saturating_sub(job.unresolved), job.tasks),
            output::when(job.created_at),
            output::seconds(job.elapsed()),
            job.error.unwrap_or_default(),
        ]);
    }
    output::page(&table, next)
}
