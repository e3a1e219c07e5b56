//! `taskdb task`: adds tasks to jobs, looks at them, and changes what becomes of them.

mod change;

use clap::Subcommand;
use serde_json::{Value, json};
use taskdb::{CanonicalJson, NewTask, RunIf, TaskDb};
use uuid::Uuid;

use crate::job::{Definition, Limits};
use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;
use change::OneArgs;

/// Add a task to a job, look at one, or change what becomes of it.
#[derive(Debug, clap::Args)]
pub(crate) struct TaskArgs {
    #[command(subcommand)]
    command: TaskCommand,
}

#[derive(Debug, Subcommand)]
enum TaskCommand {
    Create(CreateArgs),
    Output(OutputArgs),
    /// Show one task.
    #[command(after_help = change::SHOW)]
    Show(OneArgs),
    /// Cancel a task; unless it is optional, its job fails.
    #[command(after_help = change::CANCEL)]
    Cancel(OneArgs),
    /// Put one task of a failed or cancelled job back to work.
    #[command(after_help = change::RETRY)]
    Retry(OneArgs),
}

/// Add a task to a job; it runs once those it comes after are done.
///
/// The same task again changes nothing. The stream of the job's user for the worker type
/// is made if there is none.
#[derive(Debug, clap::Args)]
#[command(after_help = CREATE_EXAMPLES)]
struct CreateArgs {
    /// The job's id.
    job_id: Uuid,

    /// The name of the task within the job.
    task: String,

    #[command(flatten)]
    store: StoreArgs,

    /// The type of the workers that do it.
    #[arg(long, value_name = "TYPE")]
    worker_type: String,

    #[command(flatten)]
    definition: Definition,

    /// A task that must be done first; may be given many times.
    #[arg(long, value_name = "TASK")]
    after: Vec<String>,

    #[command(flatten)]
    limits: Limits,

    /// Its failure does not fail the job.
    #[arg(long)]
    optional: bool,

    /// It also runs after optional tasks that have failed.
    #[arg(long)]
    all_settled: bool,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const CREATE_EXAMPLES: &str = "\
Examples:
  taskdb task create 019c0000-0000-7000-8000-000000000000 total --url sqlite://jobs.db \\
    --worker-type py --definition '\"sum\"' --after one --after two

Exit codes:
  0 done    1 the store refused or failed    2 the command line cannot be used";

/// Print the output of a done task, as JSON.
#[derive(Debug, clap::Args)]
#[command(after_help = OUTPUT_EXAMPLES)]
struct OutputArgs {
    /// The job's id.
    job_id: Uuid,

    /// The name of the task within the job.
    #[arg(default_value = taskdb::INIT_TASK)]
    task: String,

    #[command(flatten)]
    store: StoreArgs,
}

const OUTPUT_EXAMPLES: &str = "\
Examples:
  taskdb task output 019c0000-0000-7000-8000-000000000000 total --url sqlite://jobs.db

Exit codes:
  0 done    1 the task is not done, or the store failed    2 the command line cannot be used";

pub(crate) fn run(args: TaskArgs) -> Result<(), Problem> {
    match args.command {
        TaskCommand::Create(args) => {
            let definition = args.definition.read()?;
            args.store.with(|db| create(db, &args, definition))
        }
        TaskCommand::Output(args) => args.store.with(|db| show(db, &args)),
        TaskCommand::Show(args) => args.store.with(|db| change::show(db, &args)),
        TaskCommand::Cancel(args) => args.store.with(|db| change::cancel(db, &args)),
        TaskCommand::Retry(args) => args.store.with(|db| change::retry(db, &args)),
    }
}

async fn create(db: TaskDb, args: &CreateArgs, definition: Value) -> Result<(), Problem> {
    let user = db.get_job(&args.job_id).await?.user_id;
    let stream = db.get_or_create_stream(&args.worker_type, 0, 1.0, &user).await?;
    let mut task = NewTask::new(&args.task, stream, definition)
        .after(&args.after)
        .retries(args.limits.retries)
        .timeout_secs(args.limits.timeout_secs());
    if args.optional {
        task = task.optional();
    }
    if args.all_settled {
        task = task.run_if(RunIf::AllSettled);
    }
    if let Some(delay) = args.limits.delay {
        task = task.delay(delay);
    }
    db.create_task_with(&args.job_id, task).await?;
    match args.json {
        true => output::document(&json!({"job_id": args.job_id, "task": args.task})),
        false => Ok(()),
    }
}

async fn show(db: TaskDb, args: &OutputArgs) -> Result<(), Problem> {
    let output: CanonicalJson = db.get_task_output(&args.job_id, &args.task).await?;
    output::line(output.as_str())
}
