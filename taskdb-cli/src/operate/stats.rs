//! `taskdb stats`.

use clap::Args;
use serde::Serialize;
use taskdb::{Priority, Stats, StreamInfo, TaskDb, TaskState};

use crate::output::{self, StreamDoc, Table, Time};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Show what a namespace holds, in numbers.
///
/// Tasks are counted by worker type and state; streams are listed by how long their work waits.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb stats --url sqlite://jobs.db
  taskdb stats --url sqlite://jobs.db --json

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

#[derive(Serialize)]
struct StatsDoc {
    now: Time,
    gate: &'static str,
    worker_count: u64,
    oldest_ready_secs: f64,
    tasks: Vec<CountDoc>,
    streams: Vec<WaitingDoc>,
}

#[derive(Serialize)]
struct CountDoc {
    worker_type: String,
    priority: Priority,
    state: String,
    count: u64,
}

#[derive(Serialize)]
struct WaitingDoc {
    #[serde(flatten)]
    stream: StreamDoc,
    oldest_ready_secs: f64,
}

pub(crate) fn run(args: &StatsArgs) -> Result<(), Problem> {
    let stats = args.store.with(async |db: TaskDb| Ok(db.stats().await?))?;
    if args.json { output::document(&document(stats)) } else { tell(&stats) }
}

fn document(stats: Stats) -> StatsDoc {
    let oldest_ready_secs = stats.oldest_ready().as_secs_f64();
    let waits: Vec<_> = stats.streams.iter().map(|stream| stats.waits(stream)).collect();
    let streams = stats.streams.into_iter().zip(waits);
    StatsDoc {
        now: Time::from(stats.store.now),
        gate: stats.store.gate.name(),
        worker_count: stats.workers,
        oldest_ready_secs,
        tasks: stats
            .tasks
            .into_iter()
            .map(|count| CountDoc {
                worker_type: count.worker_type,
                priority: count.priority,
                state: count.state,
                count: count.count,
            })
            .collect(),
        streams: streams
            .map(|(stream, wait)| WaitingDoc {
                stream: StreamDoc::from(stream),
                oldest_ready_secs: wait.as_secs_f64(),
            })
            .collect(),
    }
}

fn tell(stats: &Stats) -> Result<(), Problem> {
    output::line(&summary(stats))?;
    let mut types =
        Table::new(["WORKER TYPE", "PENDING", "READY", "RUNNING", "DONE", "FAILED", "CANCELLED"]);
    for worker_type in stats.worker_types() {
        let counts = TaskState::ALL.map(|state| stats.tasks_in(state, Some(worker_type)));
        let [pending, ready, running, done, failed, cancelled] = counts.map(|n| n.to_string());
        types.row([worker_type.to_owned(), pending, ready, running, done, failed, cancelled]);
    }
    output::line(&types.to_string())?;
    let mut streams = Table::new([
        "STREAM",
        "USER",
        "WORKER TYPE",
        "SHARE",
        "PENDING",
        "READY",
        "RUNNING",
        "WAITS",
        "",
    ]);
    for stream in by_wait(stats) {
        streams.row([
            stream.stream_id.to_string(),
            stream.user_id.clone(),
            stream.worker_type.clone(),
            format!("{:.2}", stream.share()),
            stream.pending.to_string(),
            stream.ready.iter().sum::<u64>().to_string(),
            stream.running.to_string(),
            output::seconds(stats.waits(stream)),
            if stream.paused { "paused" } else { "" }.to_owned(),
        ]);
    }
    output::line(&streams.to_string())
}

/// The state of the namespace in a line.
pub(super) fn summary(stats: &Stats) -> String {
    format!(
        "gate {}   workers {}   the oldest waits {}",
        stats.store.gate,
        stats.workers,
        output::seconds(stats.oldest_ready()),
    )
}

/// Streams, those in which work waits longest first.
pub(super) fn by_wait(stats: &Stats) -> Vec<&StreamInfo> {
    let mut streams: Vec<_> = stats.streams.iter().collect();
    streams.sort_by_key(|stream| std::cmp::Reverse(stats.waits(stream)));
    streams
}
