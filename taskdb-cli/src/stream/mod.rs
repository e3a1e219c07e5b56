//! `taskdb stream`: looks at the lanes of users.

use clap::Subcommand;
use serde::Serialize;
use taskdb::TaskDb;
use taskdb::request::ListStreams;

use crate::output::{self, PageArgs, StreamDoc, Table};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Look at streams: the lanes of users, one for each worker type.
#[derive(Debug, clap::Args)]
pub(crate) struct StreamArgs {
    #[command(subcommand)]
    command: StreamCommand,
}

#[derive(Debug, Subcommand)]
enum StreamCommand {
    List(ListArgs),
}

/// List streams, oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
struct ListArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Only those of this user.
    #[arg(long)]
    user: Option<String>,

    /// Only those that feed this worker type.
    #[arg(long, value_name = "TYPE")]
    worker_type: Option<String>,

    #[command(flatten)]
    page: PageArgs,
}

const LIST_EXAMPLES: &str = "\
Examples:
  taskdb stream list --url sqlite://jobs.db
  taskdb stream list --url sqlite://jobs.db --worker-type cpu --json

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

pub(crate) fn run(args: StreamArgs) -> Result<(), Problem> {
    let StreamCommand::List(args) = args.command;
    args.store.with(|db| list(db, &args))
}

#[derive(Serialize)]
struct Page {
    streams: Vec<StreamDoc>,
    next: Option<u64>,
}

async fn list(db: TaskDb, args: &ListArgs) -> Result<(), Problem> {
    let request = ListStreams {
        stream_id: None,
        user_id: args.user.clone(),
        worker_type: args.worker_type.clone(),
        after: args.page.after,
        limit: args.page.limit,
    };
    let streams = db.store().list_streams(request).await?;
    let next = args.page.next(&streams, |stream| stream.age);
    if args.page.json {
        let streams = streams.into_iter().map(StreamDoc::from).collect();
        return output::document(&Page { streams, next });
    }
    let heading =
        ["STREAM", "USER", "WORKER TYPE", "RESERVED", "WEIGHT", "PENDING", "READY", "RUNNING", ""];
    let mut table = Table::new(heading);
    for stream in streams {
        let ready: u64 = stream.ready.iter().sum();
        let paused = if stream.paused { "paused" } else { "" };
        table.row([
            stream.stream_id.to_string(),
            stream.user_id,
            stream.worker_type,
            stream.reserved.to_string(),
            stream.be_mult.to_string(),
            stream.pending.to_string(),
            ready.to_string(),
            stream.running.to_string(),
            paused.to_owned(),
        ]);
    }
    output::page(&table, next)
}
