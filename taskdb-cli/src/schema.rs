//! `taskdb schema`: the SQL that lays out a namespace of Postgres, for those who run it
//! themselves. Nothing here talks to a server.

use clap::Subcommand;
use taskdb::postgres;

use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Print what has to be run where the program may not make tables itself: Postgres.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    #[command(subcommand)]
    command: SchemaCommand,
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    Sql(SqlArgs),
    Grants(GrantsArgs),
}

/// Print the SQL that lays out the namespace, or brings it up to date.
#[derive(Debug, clap::Args)]
#[command(after_help = SQL_EXAMPLES)]
struct SqlArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// The format that the namespace has: only what is newer is printed.
    #[arg(long, value_name = "FORMAT", default_value_t = 0)]
    from: u32,
}

const SQL_EXAMPLES: &str = "\
Examples:
  taskdb schema sql --url postgres://owner@host/jobs
  taskdb schema sql --url postgres://owner@host/jobs?namespace=builds --from 5

Exit codes:
  0 done    2 the command line cannot be used";

/// Print the SQL that lets a role use the namespace, and no more.
#[derive(Debug, clap::Args)]
#[command(after_help = GRANTS_EXAMPLES)]
struct GrantsArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Who is to use it.
    #[arg(long)]
    role: String,
}

const GRANTS_EXAMPLES: &str = "\
Examples:
  taskdb schema grants --url postgres://owner@host/jobs --role worker

Exit codes:
  0 done    2 the command line cannot be used";

pub(crate) fn run(args: &SchemaArgs) -> Result<(), Problem> {
    let (store, text): (_, &dyn Fn(&_) -> _) = match &args.command {
        SchemaCommand::Sql(args) => (&args.store, &|own| postgres::layout(own, args.from)),
        SchemaCommand::Grants(args) => (&args.store, &|own| Ok(postgres::grants(own, &args.role))),
    };
    let configuration = store.configuration()?;
    configuration.check()?;
    match configuration.scheme().as_deref() {
        Some("postgres" | "postgresql") => {}
        _ => {
            let words =
                "only Postgres has a layout to run by hand: name one with `--url postgres://…`";
            return Err(Problem::Refused(words.to_owned()));
        }
    }
    output::line(text(&configuration.namespace())?.trim_end())
}
