//! `taskdb worker list`.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use taskdb::{TaskDb, WorkerInfo};

use crate::output::{self, Table, Time};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// List the workers that live, by name: those that were heard of within half a minute.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Only those that serve this worker type.
    #[arg(long, value_name = "TYPE")]
    worker_type: Option<String>,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb worker list --url sqlite://jobs.db
  taskdb worker list --url sqlite://jobs.db --worker-type cpu --json

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

/// Workers read at once.
const PAGE: usize = 1_000;

#[derive(Serialize)]
struct Workers {
    workers: Vec<WorkerDoc>,
}

/// A worker; what it says of itself is as it says it.
#[derive(Serialize)]
struct WorkerDoc {
    worker: String,
    running_count: usize,
    about: Value,
    seen_at: Time,
    expires_at: Time,
}

impl WorkerDoc {
    fn types(&self) -> Vec<&str> {
        let types = self.about["worker_types"].as_array();
        types.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

pub(super) async fn run(db: TaskDb, args: &ListArgs) -> Result<(), Problem> {
    // What a worker says of its tasks is some seconds old, its claims are not.
    let held = held(&db).await?;
    let mut workers = Vec::new();
    for WorkerInfo { worker_id, about, seen_at, expires_at } in all(&db).await? {
        let doc = WorkerDoc {
            running_count: held.get(&worker_id).copied().unwrap_or_default(),
            worker: worker_id,
            about: about.parse()?,
            seen_at: Time::from(seen_at),
            expires_at: Time::from(expires_at),
        };
        if args.worker_type.as_ref().is_none_or(|wanted| doc.types().contains(&wanted.as_str())) {
            workers.push((doc, seen_at));
        }
    }
    if args.json {
        let workers = workers.into_iter().map(|(doc, _)| doc).collect();
        return output::document(&Workers { workers });
    }
    let mut table = Table::new(["WORKER", "HOST", "WORKER TYPES", "RUNNING", "STATE", "HEARD OF"]);
    for (doc, seen_at) in workers {
        table.row([
            doc.worker.clone(),
            doc.about["host"].as_str().unwrap_or_default().to_owned(),
            doc.types().join(", "),
            doc.running_count.to_string(),
            if doc.about["stopping"] == true { "stopping" } else { "live" }.to_owned(),
            output::when(seen_at),
        ]);
    }
    output::line(&table.to_string())
}

/// How many claims each worker holds.
async fn held(db: &TaskDb) -> Result<HashMap<String, usize>, Problem> {
    let mut held = HashMap::new();
    let mut after = None;
    loop {
        let page = db.list_claims(None, None, after, PAGE).await?;
        after = page.last().filter(|_| page.len() >= PAGE).map(|last| last.claim.id);
        for claim in page {
            *held.entry(claim.worker_id).or_default() += 1;
        }
        if after.is_none() {
            return Ok(held);
        }
    }
}

async fn all(db: &TaskDb) -> Result<Vec<WorkerInfo>, Problem> {
    let mut all: Vec<WorkerInfo> = Vec::new();
    loop {
        let after = all.last().map(|last| last.worker_id.clone());
        let page = db.list_workers(after.as_deref(), PAGE).await?;
        let full = page.len() >= PAGE;
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}
