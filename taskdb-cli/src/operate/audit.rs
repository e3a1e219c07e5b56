//! `taskdb audit`.

use clap::Args;
use serde::Serialize;
use taskdb::TaskDb;
use taskdb::audit::Violation;
use taskdb::store::RepairReport;

use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Check everything stored against the invariants of the engine.
///
/// What it finds it looks at twice. Of a store in use it may pass by what is wrong with streams:
/// close the gate meanwhile to see everything.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Compute derived data anew first: counters, indexes, tasks that wait for nothing.
    #[arg(long)]
    repair: bool,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb audit --url sqlite://jobs.db
  taskdb audit --url sqlite://jobs.db --repair --json

Exit codes:
  0 nothing is wrong    1 something is, or the store failed    2 the command line cannot be used";

#[derive(Serialize)]
struct AuditDoc {
    violations: Vec<ViolationDoc>,
    repaired: Option<RepairedDoc>,
}

#[derive(Serialize)]
struct ViolationDoc {
    invariant: u8,
    detail: String,
}

#[derive(Serialize)]
struct RepairedDoc {
    tasks_readied: u64,
    tasks_recounted: u64,
    jobs_mended: u64,
    streams_mended: u64,
}

impl From<RepairReport> for RepairedDoc {
    fn from(report: RepairReport) -> Self {
        let RepairReport { tasks_readied, tasks_recounted, jobs_mended, streams_mended } = report;
        Self { tasks_readied, tasks_recounted, jobs_mended, streams_mended }
    }
}

pub(crate) fn run(args: &AuditArgs) -> Result<(), Problem> {
    let (repaired, violations) = args.store.with(async |db: TaskDb| {
        let repaired = if args.repair { Some(db.repair().await?) } else { None };
        Ok((repaired, db.audit().await?))
    })?;
    let count = violations.len();
    match args.json {
        true => output::document(&AuditDoc {
            violations: violations.into_iter().map(violation).collect(),
            repaired: repaired.map(RepairedDoc::from),
        })?,
        false => tell(repaired, &violations)?,
    }
    match count {
        0 => Ok(()),
        _ => Err(Problem::Failed(format!("{count} violations"))),
    }
}

fn violation(Violation { invariant, detail }: Violation) -> ViolationDoc {
    ViolationDoc { invariant, detail }
}

fn tell(repaired: Option<RepairReport>, violations: &[Violation]) -> Result<(), Problem> {
    if let Some(report) = repaired {
        let RepairReport { tasks_readied, tasks_recounted, jobs_mended, streams_mended } = report;
        output::line(&format!(
            "mended {jobs_mended} jobs, {streams_mended} streams and {tasks_recounted} tasks; {tasks_readied} tasks can start"
        ))?;
    }
    for violation in violations {
        output::line(&output::clean(&violation.to_string()))?;
    }
    if violations.is_empty() { output::line("nothing is wrong") } else { Ok(()) }
}
