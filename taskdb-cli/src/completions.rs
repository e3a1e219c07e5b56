//! `taskdb completions`: scripts that complete the command line in a shell.

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::args::Args;
use crate::output;
use crate::problem::Problem;

/// The shells there are scripts for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Known {
    Bash,
    Zsh,
    Fish,
}

/// Print the script that completes the command line in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// Which shell.
    shell: Known,
}

const EXAMPLES: &str = "\
Examples:
  taskdb completions bash > ~/.local/share/bash-completion/completions/taskdb
  taskdb completions zsh > ~/.zfunc/_taskdb
  taskdb completions fish > ~/.config/fish/completions/taskdb.fish

Exit codes:
  0 done    2 the command line cannot be used";

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Problem> {
    let shell = match args.shell {
        Known::Bash => Shell::Bash,
        Known::Zsh => Shell::Zsh,
        Known::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "taskdb", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end())
}
