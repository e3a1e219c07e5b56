//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A job engine in one program.
#[derive(Debug, Parser)]
#[command(name = "taskdb", version, about = "Runs graphs of commands on TaskDB")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
}

/// Run a graph of commands.
///
/// Every [tasks.NAME] of FILE is a command; its standard input is the output of
/// the tasks it needs. The whole file is checked before the first command starts.
/// The outputs of the tasks that no other task needs are the result.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The graph, a TOML file; see docs/run.md for its format.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write the result to this file instead of standard output, in one step and
    /// only on success.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Keep the engine's store in this file, which must not exist yet; without it
    /// the store is temporary.
    #[arg(long, value_name = "PATH")]
    pub(crate) store: Option<PathBuf>,

    /// Say nothing on standard error unless something fails.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb run graph.toml                      run it, print the result
  taskdb run graph.toml --output words.txt   the same, into a file
  taskdb run graph.toml --store run.db -q    keep the store, show no progress

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Args::command().debug_assert();
    }
}
