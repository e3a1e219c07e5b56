//! `taskdb config`: what the program is configured with.

use clap::Subcommand;

use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Look at the configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Show(ShowArgs),
}

/// Show what is in force, and where each value was stated; never a password.
///
/// A configuration that cannot be used is shown as well, before the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES)]
struct ShowArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Print a JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  taskdb config show
  taskdb config show --url redis://ann@host/1 --json
  taskdb config show --config production.toml

Exit codes:
  0 done    2 the configuration cannot be used";

pub(crate) fn run(args: &ConfigArgs) -> Result<(), Problem> {
    let ConfigCommand::Show(args) = &args.command;
    let configuration = args.store.configuration()?;
    let effective = configuration.effective();
    if args.json {
        output::document(&effective)?;
    } else {
        output::line(effective.to_string().trim_end())?;
    }
    Ok(configuration.check()?)
}
