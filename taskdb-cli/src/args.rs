//! The command line.

use clap::{Parser, Subcommand};

use crate::run::RunArgs;

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Args::command().debug_assert();
    }
}
