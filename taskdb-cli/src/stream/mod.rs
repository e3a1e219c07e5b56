//! `taskdb stream`: looks at the lanes of users, makes and changes them.

mod change;

use clap::Subcommand;
use serde::Serialize;
use taskdb::TaskDb;
use taskdb::request::ListStreams;

use crate::output::{self, PageArgs, StreamDoc, Table};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Look at streams, make or change one: the lanes of users, one for each worker type.
#[derive(Debug, clap::Args)]
pub(crate) struct StreamArgs {
    #[command(subcommand)]
    command: StreamCommand,
}

#[derive(Debug, Subcommand)]
enum StreamCommand {
    List(ListArgs),
    Create(change::CreateArgs),
    Set(change::SetArgs),
    /// Hand out nothing of a stream any more; what runs goes on.
    #[command(after_help = change::PAUSE)]
    Pause(change::OneArgs),
    /// Hand out tasks of a stream again.
    #[command(after_help = change::RESUME)]
    Resume(change::OneArgs),
    /// Delete a stream whose tasks have all ended.
    #[command(after_help = change::DELETE)]
    Delete(change::OneArgs),
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
    match args.command {
        StreamCommand::List(args) => args.store.with(|db| list(db, &args)),
        StreamCommand::Create(args) => args.store.with(|db| change::create(db, &args)),
        StreamCommand::Set(args) => args.one.store.with(|db| change::set(db, &args)),
        StreamCommand::Pause(args) => args.store.with(|db| change::pause(db, &args, true)),
        StreamCommand::Resume(args) => args.store.with(|db| change::pause(db, &args, false)),
        StreamCommand::Delete(args) => args.store.with(|db| change::delete(db, &args)),
    }
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
