//! `taskdb job cancel`, `retry` and `delete`: of jobs by their ids, or of all that match.

use clap::{ArgGroup, Args};
use serde::Serialize;
use taskdb::{JobState, TaskDb, TaskDbErr};
use uuid::Uuid;

use super::filter::{FilterArgs, state};
use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Jobs read at once.
const PAGE: usize = 1_000;

/// Which jobs.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).multiple(true).args(["jobs", "user", "name", "label", "state"])))]
pub(super) struct ManyArgs {
    /// The jobs' ids; or say which ones by the options below, with --yes.
    #[arg(value_name = "JOB_ID", conflicts_with_all = ["user", "name", "label", "state"])]
    jobs: Vec<Uuid>,

    #[command(flatten)]
    pub(super) store: StoreArgs,

    #[command(flatten)]
    which: FilterArgs,

    /// Only those in this state: running, done, failed or cancelled. Without it, those that
    /// the command has an effect on; running jobs are deleted only with --state running.
    #[arg(long, value_parser = state)]
    state: Option<JobState>,

    /// Do it with all jobs that match; without it, only their number is told.
    #[arg(long, conflicts_with = "jobs")]
    yes: bool,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

/// What is done with them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Cancel,
    Retry,
    Delete,
}

impl Verb {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Cancel => ("cancel", "cancelled"),
            Self::Retry => ("retry", "retried"),
            Self::Delete => ("delete", "deleted"),
        }
    }

    /// The states of jobs that a filter means unless it says so.
    fn states(self) -> &'static [JobState] {
        match self {
            Self::Cancel => &[JobState::Running],
            Self::Retry => &[JobState::Failed, JobState::Cancelled],
            Self::Delete => &[JobState::Done, JobState::Failed, JobState::Cancelled],
        }
    }

    async fn apply(self, db: &TaskDb, job_id: &Uuid) -> Result<(), TaskDbErr> {
        match self {
            Self::Cancel => db.cancel_job(job_id).await,
            Self::Retry => db.retry_job(job_id).await,
            Self::Delete => db.delete_job(job_id).await,
        }
    }
}

#[derive(Serialize)]
struct Answer {
    job_id: Uuid,
    error: Option<String>,
}

#[derive(Serialize)]
struct Answers {
    jobs: Vec<Answer>,
}

pub(super) async fn run(db: TaskDb, args: &ManyArgs, verb: Verb) -> Result<(), Problem> {
    let jobs =
        if args.jobs.is_empty() { matching(&db, args, verb).await? } else { args.jobs.clone() };
    let mut answers = Vec::with_capacity(jobs.len());
    for job_id in jobs {
        let error = verb.apply(&db, &job_id).await.err().map(|error| error.to_string());
        if !args.json {
            tell(verb, &job_id, error.as_deref())?;
        }
        answers.push(Answer { job_id, error });
    }
    let refused = answers.iter().filter(|answer| answer.error.is_some()).count();
    let all = answers.len();
    if args.json {
        output::document(&Answers { jobs: answers })?;
    }
    match refused {
        0 => Ok(()),
        _ => {
            Err(Problem::Failed(format!("{refused} of {all} jobs could not be {}", verb.words().1)))
        }
    }
}

fn tell(verb: Verb, job_id: &Uuid, error: Option<&str>) -> Result<(), Problem> {
    match error {
        None => output::line(&format!("{job_id} {}", verb.words().1)),
        Some(error) => {
            output::hint(&output::clean(error));
            Ok(())
        }
    }
}

/// The jobs that a filter means, once the user has said yes to all of them.
async fn matching(db: &TaskDb, args: &ManyArgs, verb: Verb) -> Result<Vec<Uuid>, Problem> {
    let mut found = Vec::new();
    let states = args.state.as_ref().map_or(verb.states(), std::slice::from_ref);
    for state in states {
        let filter = args.which.filter(Some(*state));
        let mut after = None;
        loop {
            let page = db.list_jobs(filter.clone(), after, PAGE).await?;
            after = output::next(PAGE, &page, |job| job.age);
            found.extend(page.into_iter().map(|job| job.job_id));
            if after.is_none() {
                break;
            }
        }
    }
    if !args.yes && !found.is_empty() {
        let (verb, count) = (verb.words().0, found.len());
        return Err(Problem::Refused(format!("{count} jobs match: give --yes to {verb} them all")));
    }
    Ok(found)
}

pub(super) const CANCEL: &str = "\
Examples:
  taskdb job cancel 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db
  taskdb job cancel --user alice --url sqlite://jobs.db --yes

Exit codes:
  0 done    1 some could not be cancelled    2 the command line cannot be used, or --yes is missing";

pub(super) const RETRY: &str = "\
Examples:
  taskdb job retry 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db
  taskdb job retry --state failed --url sqlite://jobs.db --yes --json

Exit codes:
  0 done    1 some could not be retried    2 the command line cannot be used, or --yes is missing";

pub(super) const DELETE: &str = "\
Examples:
  taskdb job delete 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db
  taskdb job delete --user alice --state done --url sqlite://jobs.db --yes

Exit codes:
  0 done    1 some could not be deleted    2 the command line cannot be used, or --yes is missing";
