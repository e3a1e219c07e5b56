//! `taskdb gate`.

use clap::Args;
use serde::Serialize;
use taskdb::TaskDb;
use taskdb::store::Gate;

use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Show what the namespace takes at present, or change it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GateArgs {
    /// What it takes from now on: `open` everything, `no-claims` everything but claims,
    /// `read-only` no changes.
    #[arg(value_parser = gate)]
    gate: Option<Gate>,

    #[command(flatten)]
    store: StoreArgs,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb gate --url sqlite://jobs.db
  taskdb gate no-claims --url sqlite://jobs.db
  taskdb gate open --url sqlite://jobs.db --json

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

fn gate(name: &str) -> Result<Gate, String> {
    name.parse().map_err(|_| format!("use one of {}", Gate::ALL.map(Gate::name).join(", ")))
}

#[derive(Serialize)]
struct GateDoc {
    gate: &'static str,
}

pub(crate) fn run(args: &GateArgs) -> Result<(), Problem> {
    let gate = args.store.with(async |db: TaskDb| {
        if let Some(gate) = args.gate {
            db.set_gate(gate).await?;
        }
        Ok(db.describe().await?.gate)
    })?;
    if args.json {
        return output::document(&GateDoc { gate: gate.name() });
    }
    output::line(gate.name())
}
