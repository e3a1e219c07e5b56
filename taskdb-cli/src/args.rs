//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::completions::CompletionsArgs;
use crate::job::JobArgs;
use crate::stream::StreamArgs;
use crate::task::TaskArgs;
use crate::worker::WorkerArgs;

/// A job engine in one program.
#[derive(Debug, Parser)]
#[command(name = "taskdb", version, about = "A job engine in one program")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    Worker(WorkerArgs),
    Job(JobArgs),
    Task(TaskArgs),
    Stream(StreamArgs),
    Completions(CompletionsArgs),
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
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_sound() {
        super::Args::command().debug_assert();
    }

    /// Every command that does something, by its full name.
    fn leaves(command: &clap::Command, name: &str, found: &mut Vec<(String, String)>) {
        for sub in command.get_subcommands() {
            let name = format!("{name} {}", sub.get_name());
            if sub.has_subcommands() {
                leaves(sub, &name, found);
            } else {
                let help = sub.get_after_help().map(ToString::to_string);
                found.push((name, help.unwrap_or_default()));
            }
        }
    }

    /// The words of an example, without what the shell does with its output and without
    /// the remark behind it.
    fn words(example: &str) -> Vec<String> {
        let end = |mark| example.find(mark).unwrap_or(example.len());
        shlex::split(&example[..end(" > ").min(end("   "))]).expect("closed quotes")
    }

    #[test]
    fn every_command_has_examples_and_each_can_be_typed() {
        let mut found = Vec::new();
        leaves(&super::Args::command(), "taskdb", &mut found);
        assert!(found.len() >= 8, "{found:?}");
        for (name, help) in found {
            let examples: Vec<_> =
                help.lines().filter_map(|line| line.strip_prefix("  taskdb ")).collect();
            assert!(!examples.is_empty(), "`{name}` has no example");
            for example in examples {
                let example = format!("taskdb {example}");
                assert!(example.starts_with(&name), "`{example}` stands under `{name}`");
                super::Args::try_parse_from(words(&example))
                    .unwrap_or_else(|why| panic!("`{example}`: {why}"));
            }
        }
    }
}
