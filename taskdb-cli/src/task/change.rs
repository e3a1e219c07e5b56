//! `taskdb task show`, `cancel` and `retry`.

use clap::Args;
use serde::Serialize;
use taskdb::{TaskDb, TaskInfo};
use uuid::Uuid;

use crate::job::worker_type;
use crate::output::{self, TaskDoc};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// One task of a job.
#[derive(Debug, Args)]
pub(super) struct OneArgs {
    /// The job's id.
    job_id: Uuid,

    /// The name of the task within the job.
    #[arg(default_value = taskdb::INIT_TASK)]
    task: String,

    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

pub(super) const SHOW: &str = "\
Examples:
  taskdb task show 019c0000-0000-7000-8000-000000000000 total --url sqlite://jobs.db
  taskdb task show 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db --json

Exit codes:
  0 done    1 there is no such task, or the store failed    2 the command line cannot be used";

pub(super) const CANCEL: &str = "\
Examples:
  taskdb task cancel 019c0000-0000-7000-8000-000000000000 total --url sqlite://jobs.db

Exit codes:
  0 done    1 it cannot be cancelled, or the store failed    2 the command line cannot be used";

pub(super) const RETRY: &str = "\
Examples:
  taskdb task retry 019c0000-0000-7000-8000-000000000000 total --url sqlite://jobs.db

Exit codes:
  0 done    1 it cannot be retried, or the store failed    2 the command line cannot be used";

pub(super) async fn show(db: TaskDb, args: &OneArgs) -> Result<(), Problem> {
    let task = db.get_task(&args.job_id, &args.task).await?;
    let worker_type = worker_type(&db, &task.stream_id).await?;
    if args.json {
        return output::document(&TaskDoc::new(task, worker_type));
    }
    output::line(&summary(&task, worker_type.as_deref()))
}

pub(super) async fn cancel(db: TaskDb, args: &OneArgs) -> Result<(), Problem> {
    db.cancel_task(&args.job_id, &args.task).await?;
    told(args)
}

pub(super) async fn retry(db: TaskDb, args: &OneArgs) -> Result<(), Problem> {
    db.retry_task(&args.job_id, &args.task).await?;
    told(args)
}

#[derive(Serialize)]
struct Changed<'a> {
    job_id: Uuid,
    task: &'a str,
}

fn told(args: &OneArgs) -> Result<(), Problem> {
    if !args.json {
        return Ok(());
    }
    output::document(&Changed { job_id: args.job_id, task: &args.task })
}

fn summary(task: &TaskInfo, worker_type: Option<&str>) -> String {
    let time = |time: Option<_>| time.map_or_else(|| "-".to_owned(), output::when);
    let mut lines = vec![
        format!("task         {}", output::clean(&task.task_id)),
        format!("state        {}", task.state.name()),
        format!("worker type  {}", output::clean(worker_type.unwrap_or("(deleted)"))),
        format!("definition   {}", output::clean(task.definition.as_str())),
        format!("waits for    {} of {}", task.waiting_on, task.prerequisites.len()),
        format!("progress     {}", output::fraction(task.progress)),
        format!("retries      {} of {}", task.retries, task.max_retries),
        format!("claims       {}, {} of them lost", task.attempt, task.losses),
        format!("worker       {}", output::clean(task.worker_id.as_deref().unwrap_or("-"))),
        format!("may start    {}", time(task.start_at)),
        format!("started      {}", time(task.started_at)),
        format!("claim ends   {}", time(task.deadline)),
        format!("updated      {}", output::when(task.updated_at)),
    ];
    let error = task.error.iter().flat_map(|error| error.lines());
    lines.extend(error.map(|line| format!("error        {}", output::clean(line))));
    lines.join("\n")
}
