//! `taskdb job show`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use clap::Args;
use serde::Serialize;
use taskdb::{JobInfo, TaskDb, TaskInfo, TaskState};
use uuid::Uuid;

use crate::output::{self, JobDoc, Table, TaskDoc};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Tasks read at once.
const PAGE: usize = 1_000;

/// Show one job, and its tasks if asked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ShowArgs {
    /// The job's id.
    job_id: Uuid,

    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Its tasks too, oldest first.
    #[arg(long)]
    tasks: bool,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb job show 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db
  taskdb job show 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db --tasks --json

Exit codes:
  0 done    1 there is no such job, or the store failed    2 the command line cannot be used";

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    job: JobDoc,
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<Vec<TaskDoc>>,
}

pub(super) async fn run(db: TaskDb, args: &ShowArgs) -> Result<(), Problem> {
    let job = db.get_job(&args.job_id).await?;
    let tasks = if args.tasks { Some(tasks(&db, &args.job_id).await?) } else { None };
    if args.json {
        let docs = |tasks: Vec<(TaskInfo, _)>| {
            tasks.into_iter().map(|(task, kind)| TaskDoc::new(task, kind)).collect()
        };
        return output::document(&Shown { job: job.into(), tasks: tasks.map(docs) });
    }
    output::line(&summary(&job))?;
    match tasks {
        Some(tasks) => output::line(&format!("\n{}", table(tasks))),
        None => Ok(()),
    }
}

/// All tasks of a job, each with its worker type while its stream is there.
async fn tasks(db: &TaskDb, job_id: &Uuid) -> Result<Vec<(TaskInfo, Option<String>)>, Problem> {
    let mut types: HashMap<Uuid, Option<String>> = HashMap::new();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = db.list_tasks(job_id, None, after, PAGE).await?;
        after = output::next(PAGE, &page, |task| task.age);
        for task in page {
            let known = match types.entry(task.stream_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(worker_type(db, &task.stream_id).await?),
            };
            let known = known.clone();
            all.push((task, known));
        }
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// The worker type of a stream, while it is there.
pub(crate) async fn worker_type(db: &TaskDb, stream_id: &Uuid) -> Result<Option<String>, Problem> {
    match db.stream_info(stream_id).await {
        Ok(stream) => Ok(Some(stream.worker_type)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn summary(job: &JobInfo) -> String {
    let started = job.started_at.map_or_else(|| "not yet".to_owned(), output::when);
    let mut lines = vec![
        format!("job       {}", job.job_id),
        format!("user      {}", output::clean(&job.user_id)),
        format!("state     {}", job.state.name()),
        format!("priority  {}", job.priority),
        format!("done      {} of {} tasks", job.tasks.saturating_sub(job.unresolved), job.tasks),
        format!("created   {}", output::when(job.created_at)),
        format!("started   {started}"),
        format!("updated   {}", output::when(job.updated_at)),
        format!("took      {}", output::seconds(job.elapsed())),
    ];
    let error = job.error.iter().flat_map(|error| error.lines());
    lines.extend(error.map(|line| format!("error     {}", output::clean(line))));
    lines.join("\n")
}

fn table(tasks: Vec<(TaskInfo, Option<String>)>) -> Table {
    let heading = ["TASK", "STATE", "WORKER TYPE", "PROGRESS", "RETRIES", "WAITS FOR", "ERROR"];
    let mut table = Table::new(heading);
    for (task, worker_type) in tasks {
        // What a task has reported says nothing once it is done.
        let running = task.state == TaskState::Running;
        table.row([
            task.task_id,
            task.state.name().to_owned(),
            worker_type.unwrap_or_else(|| "(deleted)".to_owned()),
            if running { output::fraction(task.progress) } else { String::new() },
            format!("{}/{}", task.retries, task.max_retries),
            task.waiting_on.to_string(),
            task.error.unwrap_or_default(),
        ]);
    }
    table
}
