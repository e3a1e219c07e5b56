//! `taskdb job create`.

use clap::Args;
use serde::Serialize;
use taskdb::{NewJob, Priority, TaskDb};
use uuid::Uuid;

use super::filter::label;
use super::spec::{Definition, Limits};
use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Create a job; its first task, `init`, is ready at once.
///
/// The id of the job is printed. The stream of the user for the worker type is made if
/// there is none.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// The owner of the job.
    #[arg(long)]
    user: String,

    /// The type of the workers that do `init`.
    #[arg(long, value_name = "TYPE")]
    worker_type: String,

    #[command(flatten)]
    definition: Definition,

    #[command(flatten)]
    limits: Limits,

    /// The class of all tasks of the job: high, medium or low.
    #[arg(long, default_value_t)]
    priority: Priority,

    /// A name that makes creation repeatable: the same key of the same user gives the
    /// first job.
    #[arg(long)]
    key: Option<String>,

    /// A name to find it by, which others may have too.
    #[arg(long)]
    name: Option<String>,

    /// A label to find it by; may be given more than once.
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    label: Vec<(String, String)>,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb job create --url sqlite://jobs.db --user alice --worker-type shell \\
    --definition '{\"n\": 3}'
  taskdb job create --url sqlite://jobs.db --user alice --worker-type shell \\
    --definition - --retries 3 --timeout 30s
  taskdb job create --url sqlite://jobs.db --user alice --worker-type shell \\
    --definition 1 --name nightly --label team=maps

Exit codes:
  0 done    1 the store refused or failed    2 the command line cannot be used";

#[derive(Serialize)]
struct Created {
    job_id: Uuid,
}

pub(super) fn run(args: CreateArgs) -> Result<(), Problem> {
    let definition = args.definition.read()?;
    args.store.with(|db| create(db, &args, definition))
}

async fn create(
    db: TaskDb,
    args: &CreateArgs,
    definition: serde_json::Value,
) -> Result<(), Problem> {
    let stream = db.get_or_create_stream(&args.worker_type, 0, 1.0, &args.user).await?;
    let mut job = NewJob::new(&args.user, stream, definition)
        .retries(args.limits.retries)
        .timeout_secs(args.limits.timeout_secs())
        .priority(args.priority);
    if let Some(delay) = args.limits.delay {
        job = job.delay(delay);
    }
    if let Some(key) = &args.key {
        job = job.key(key);
    }
    if let Some(name) = &args.name {
        job = job.name(name);
    }
    for (key, value) in &args.label {
        job = job.label(key, value);
    }
    let job_id = db.create_job_with(job).await?;
    if args.json {
        return output::document(&Created { job_id });
    }
    output::line(&job_id.to_string())
}
