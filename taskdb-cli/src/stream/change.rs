//! `taskdb stream create`, `set`, `pause`, `resume` and `delete`.

use clap::{ArgGroup, Args};
use serde::Serialize;
use taskdb::TaskDb;
use uuid::Uuid;

use crate::output::{self, StreamDoc};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Make a stream, and print its id.
#[derive(Debug, Args)]
#[command(after_help = CREATE)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Its owner.
    #[arg(long)]
    user: String,

    /// The type of the workers that it feeds.
    #[arg(long, value_name = "TYPE")]
    worker_type: String,

    /// Tasks that it may have running before it competes with others.
    #[arg(long, value_name = "N", default_value_t = 0)]
    reserved: i32,

    /// Its weight above that.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    weight: f32,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const CREATE: &str = "\
Examples:
  taskdb stream create --url sqlite://jobs.db --user alice --worker-type cpu \\
    --reserved 2 --weight 1.5

Exit codes:
  0 done    1 the store refused or failed    2 the command line cannot be used";

/// Change the reservation or the weight of a stream.
#[derive(Debug, Args)]
#[command(after_help = SET, group(ArgGroup::new("what").required(true).multiple(true).args(["reserved", "weight"])))]
pub(super) struct SetArgs {
    #[command(flatten)]
    pub(super) one: OneArgs,

    /// Tasks that it may have running before it competes with others.
    #[arg(long, value_name = "N")]
    reserved: Option<i32>,

    /// Its weight above that.
    #[arg(long, value_name = "X")]
    weight: Option<f32>,
}

const SET: &str = "\
Examples:
  taskdb stream set 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db --weight 2

Exit codes:
  0 done    1 there is no such stream, or the store failed    2 the command line cannot be used";

/// One stream.
#[derive(Debug, Args)]
pub(super) struct OneArgs {
    /// The stream's id.
    stream_id: Uuid,

    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

pub(super) const PAUSE: &str = "\
Examples:
  taskdb stream pause 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db

Exit codes:
  0 done    1 there is no such stream, or the store failed    2 the command line cannot be used";

pub(super) const RESUME: &str = "\
Examples:
  taskdb stream resume 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db

Exit codes:
  0 done    1 there is no such stream, or the store failed    2 the command line cannot be used";

pub(super) const DELETE: &str = "\
Examples:
  taskdb stream delete 019c0000-0000-7000-8000-000000000000 --url sqlite://jobs.db

Exit codes:
  0 done    1 it has tasks that are not done, or the store failed    2 the command line cannot be used";

#[derive(Serialize)]
struct Named {
    stream_id: Uuid,
}

pub(super) async fn create(db: TaskDb, args: &CreateArgs) -> Result<(), Problem> {
    let stream_id =
        db.create_stream(&args.worker_type, args.reserved, args.weight, &args.user).await?;
    if args.json {
        return output::document(&Named { stream_id });
    }
    output::line(&stream_id.to_string())
}

pub(super) async fn set(db: TaskDb, args: &SetArgs) -> Result<(), Problem> {
    let stream_id = &args.one.stream_id;
    let now = db.stream_info(stream_id).await?;
    // The weight of a stream is kept as it was given, in single precision.
    let weight = args.weight.unwrap_or(now.be_mult as f32);
    db.update_stream(stream_id, args.reserved.unwrap_or(now.reserved), weight).await?;
    shown(&db, &args.one).await
}

pub(super) async fn pause(db: TaskDb, args: &OneArgs, paused: bool) -> Result<(), Problem> {
    match paused {
        true => db.pause_stream(&args.stream_id).await?,
        false => db.resume_stream(&args.stream_id).await?,
    }
    shown(&db, args).await
}

pub(super) async fn delete(db: TaskDb, args: &OneArgs) -> Result<(), Problem> {
    db.delete_stream(&args.stream_id).await?;
    if args.json {
        return output::document(&Named { stream_id: args.stream_id });
    }
    Ok(())
}

/// As it is now, for programs.
async fn shown(db: &TaskDb, args: &OneArgs) -> Result<(), Problem> {
    if !args.json {
        return Ok(());
    }
    output::document(&StreamDoc::from(db.stream_info(&args.stream_id).await?))
}
