//! The command line of `taskdb worker`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};

use crate::graph::Command;
use crate::job::duration;
use crate::store::StoreArgs;
use crate::watch::TracesArgs;

/// Serve tasks with a program, one process for each task; or list workers.
///
/// The definition of the task is the standard input of the program, its standard output
/// the result. Progress, errors and further tasks go as lines of JSON into the pipe
/// that $TASKDB_CONTROL names; docs/worker-protocol.md says it all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("command").required(true).args(["exec", "program"])))]
pub(crate) struct WorkerArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// The worker type whose tasks are taken; may be given many times.
    #[arg(long = "worker-type", value_name = "TYPE", required = true)]
    pub(super) worker_types: Vec<String>,

    /// A line for `sh -c`, run once for each task.
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,

    /// A program and its arguments, run without a shell.
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<String>,

    /// Tasks of each worker type at a time.
    #[arg(short, long, value_name = "N", default_value_t = cores(), hide_default_value = true)]
    pub(super) jobs: NonZeroUsize,

    /// How long tasks stay with this worker when it is heard of no more.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(super) lease: Duration,

    /// How long running programs may go on once the worker is told to stop.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration_or_none)]
    pub(super) drain: Duration,

    /// What the program gets on standard input: the definition alone, or an object that
    /// has the task's name and inputs too.
    #[arg(long, value_enum, default_value_t = Input::Definition)]
    pub(super) input: Input,

    /// What the program writes to standard output: one JSON value, or any text.
    #[arg(long, value_enum, default_value_t = Output::Json)]
    pub(super) output: Output,

    /// Stop once no task has come for so long.
    #[arg(long, value_name = "TIME", value_parser = duration, require_equals = true,
        num_args = 0..=1, default_missing_value = "1s")]
    pub(super) until_idle: Option<Duration>,

    /// Answer to probes and scrapers at this address: /live, /ready and /metrics, which
    /// docs/metrics.md describes. With port 0 a free one is found and told.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,

    /// Say nothing on standard error unless something goes wrong.
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(crate) traces: TracesArgs,
}

/// What a program gets on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Input {
    /// The definition of the task.
    Definition,
    /// An object with the definition, the names of task and job, and the inputs.
    Envelope,
}

/// What a program writes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// One JSON value; nothing at all is null.
    Json,
    /// Text, which becomes a JSON string.
    Text,
}

const EXAMPLES: &str = "\
Examples:
  taskdb worker --url sqlite://jobs.db --worker-type shell --exec 'jq .n'
  taskdb worker --url sqlite://jobs.db --worker-type py --jobs 4 -- python3 worker.py
  taskdb worker --url sqlite://jobs.db --worker-type shell --until-idle=5s --exec ./step
  taskdb worker --url sqlite://jobs.db --worker-type cpu --listen 127.0.0.1:0 --exec ./step

Exit codes of the program:
  0 the task is done    100 it failed for good    any other: it is tried again

Exit codes:
  0 stopped as asked    1 the program cannot be started, or the store refuses
  2 the command line cannot be used";

impl WorkerArgs {
    /// What is run for each task; the argument group has seen to it that there is one.
    pub(super) fn command(&self) -> Command {
        match &self.exec {
            Some(line) => Command::Shell(line.clone()),
            None => Command::Argv(self.program.clone()),
        }
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

fn duration_or_none(text: &str) -> Result<Duration, String> {
    if text == "0" || text == "0s" { Ok(Duration::ZERO) } else { duration(text) }
}
