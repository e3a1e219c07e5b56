//! `taskdb health`.

use clap::Args;
use serde::Serialize;

use crate::output::{self, Time};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Ask the store whether it works: something is written, read and removed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb health --url sqlite://jobs.db
  taskdb health --url sqlite://jobs.db --json

Exit codes:
  0 it works    1 it does not    2 the command line cannot be used";

#[derive(Serialize)]
struct HealthDoc {
    latency_ms: f64,
    backend: &'static str,
    version: String,
    format: u32,
    gate: &'static str,
    now: Time,
}

pub(crate) fn run(args: &HealthArgs) -> Result<(), Problem> {
    let health = args.store.with(async |db| Ok(db.health().await?))?;
    let (store, latency_ms) = (health.store, health.latency.as_secs_f64() * 1e3);
    if args.json {
        return output::document(&HealthDoc {
            latency_ms,
            backend: store.backend,
            version: store.version,
            format: store.format,
            gate: store.gate.name(),
            now: Time::from(store.now),
        });
    }
    let lines = [
        format!("store    {} {}", store.backend, output::clean(&store.version)),
        format!("latency  {latency_ms:.2} ms"),
        format!("format   {}", store.format),
        format!("gate     {}", store.gate),
        format!("time     {}", output::when(store.now)),
    ];
    output::line(&lines.join("\n"))
}
