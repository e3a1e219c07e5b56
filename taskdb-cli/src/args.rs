//! The command line.

use clap::{Parser, Subcommand};

use crate::completions::CompletionsArgs;
use crate::config::ConfigArgs;
use crate::job::JobArgs;
use crate::operate::{
    AuditArgs, BenchArgs, EventsArgs, ExporterArgs, GateArgs, HealthArgs, PurgeArgs, StatsArgs,
    TopArgs,
};
use crate::run::RunArgs;
use crate::schedule::ScheduleArgs;
use crate::schema::SchemaArgs;
use crate::stream::StreamArgs;
use crate::task::TaskArgs;
use crate::watch::TracesArgs;
use crate::worker::WorkerCommand;

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
    Worker(WorkerCommand),
    Job(JobArgs),
    Task(TaskArgs),
    Stream(StreamArgs),
    Schedule(ScheduleArgs),
    Events(EventsArgs),
    Stats(StatsArgs),
    Top(TopArgs),
    Exporter(ExporterArgs),
    Health(HealthArgs),
    Gate(GateArgs),
    Purge(PurgeArgs),
    Audit(AuditArgs),
    Bench(BenchArgs),
    Schema(SchemaArgs),
    Config(ConfigArgs),
    Completions(CompletionsArgs),
}

impl Command {
    /// What is said about traces, by commands that do tasks.
    pub(crate) fn traces(&self) -> Option<&TracesArgs> {
        match self {
            Self::Run(args) => Some(&args.traces),
            Self::Worker(WorkerCommand::Serve(args)) => Some(&args.traces),
            _ => None,
        }
    }
}

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
            leaves(sub, &name, found);
            let help = sub.get_after_help().map(ToString::to_string);
            if help.is_some() || !sub.has_subcommands() {
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

    /// Commands that serve, draw, or print what is a document or a script already.
    const NO_JSON: [&str; 7] = [
        "taskdb worker",
        "taskdb top",
        "taskdb exporter",
        "taskdb task output",
        "taskdb schema sql",
        "taskdb schema grants",
        "taskdb completions",
    ];

    #[test]
    fn every_command_tells_its_exit_codes_and_most_write_documents() {
        let command = super::Args::command();
        let mut found = Vec::new();
        leaves(&command, "taskdb", &mut found);
        for (name, help) in found {
            assert!(help.contains("Exit codes"), "`{name}` does not say its exit codes");
            let words = name.split(' ').skip(1);
            let leaf = words.fold(&command, |at, word| at.find_subcommand(word).expect(word));
            let json = leaf.get_arguments().any(|it| it.get_long() == Some("json"));
            assert_ne!(json, NO_JSON.contains(&name.as_str()), "`{name}`");
        }
    }

    #[test]
    fn every_command_has_examples_and_each_can_be_typed() {
        let mut found = Vec::new();
        leaves(&super::Args::command(), "taskdb", &mut found);
        assert!(found.len() >= 8, "{found:?}");
        for (name, help) in found {
            let help = help.replace("\\\n    ", "");
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
