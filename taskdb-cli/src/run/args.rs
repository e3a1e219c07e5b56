//! The command line of `taskdb run`.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use taskdb::error::redact;
use uuid::Uuid;

use crate::graph::MAX_JOBS;
use crate::watch::TracesArgs;

/// Run a graph of commands.
///
/// Every [tasks.NAME] of FILE is a command; its standard input is the output of
/// the tasks it needs. The whole file is checked before the first command starts.
/// The outputs of the tasks that no other task needs are the result.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group = clap::ArgGroup::new("kept").args(["store", "url"]))]
pub(crate) struct RunArgs {
    /// The graph, a TOML file; see docs/run.md for its format.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write the result to this file instead of standard output, in one step and
    /// only on success.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Keep the engine's store in this SQLite file, which must not exist yet unless
    /// --resume is given; without --store and --url the store is temporary.
    #[arg(long, value_name = "PATH")]
    pub(crate) store: Option<PathBuf>,

    /// Run as a job of this store, whatever its backend; it may have other jobs.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<StoreUrl>,

    /// Go on with a run that was killed, stopped or failed; commands whose output is
    /// stored do not run again. Name the job where a store has several; with --store,
    /// a run that has not begun begins.
    #[arg(long, value_name = "JOB_ID", num_args = 0..=1, require_equals = true, requires = "kept")]
    #[arg(conflicts_with = "dry_run")]
    pub(crate) resume: Option<Option<Uuid>>,

    /// Keep the records that --resume needs of running commands below this folder;
    /// else it is PATH.run for an SQLite file, and $XDG_STATE_HOME/taskdb/runs or
    /// ~/.local/state/taskdb/runs for other stores.
    #[arg(long, value_name = "DIR", requires = "kept")]
    pub(crate) state: Option<PathBuf>,

    /// Workers of each type, instead of what the file says.
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=MAX_JOBS))]
    pub(crate) jobs: Option<i64>,

    /// Keep what every attempt writes to standard output and standard error, in
    /// files in this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) logs: Option<PathBuf>,

    /// Print events on standard output, one JSON object a line; the last one has the
    /// outcome, and the result unless --output is given.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print what would run, and run nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Draw the graph into this file before it runs, FILE.svg or FILE.dot.
    #[arg(long, value_name = "FILE")]
    pub(crate) graph: Option<PathBuf>,

    /// Say nothing on standard error unless something fails; of --json only the last
    /// event.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) traces: TracesArgs,
}

/// The URL of a store, which is shown without its password.
#[derive(Clone)]
pub(crate) struct StoreUrl(String);

impl StoreUrl {
    /// The URL with its password, for whoever connects.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreUrl {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

impl std::fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

impl std::fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

const EXAMPLES: &str = "\
Examples:
  taskdb run graph.toml                      run it, print the result
  taskdb run graph.toml --output words.txt   the same, into a file
  taskdb run graph.toml --dry-run            print what would run
  taskdb run graph.toml --graph graph.svg    draw the graph, and run it
  taskdb run graph.toml --store run.db --resume
                                             run it, or go on where it was ended
  taskdb run graph.toml --url sqlite://jobs.db?namespace=nightly
                                             run it as a job of a store
  taskdb run graph.toml --logs logs --json   keep logs, print events

A graph that counts the lines of every text, and adds them up:
  [tasks.list]
  run = \"ls *.txt\"
  [tasks.count]
  each = \"list\"                    # one command for each line of `list`
  run = 'wc -l < \"$ITEM\"'
  [tasks.total]
  needs = [\"count\"]
  run = \"awk '{n += $1} END {print n}'\"

Exit codes:
  0 done    1 a task failed    2 refused, nothing was run    130 interrupted";

#[test]
fn a_password_is_not_shown() {
    let url: StoreUrl = "redis://user:secret@host".parse().unwrap_or_else(|never| match never {});
    let shown = format!("{url} {url:?}");
    assert!(shown.contains("user:***@host") && !shown.contains("secret"), "{shown}");
}
