//! `taskdb schedule list`.

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use taskdb::{MissedTicks, Schedule, ScheduleInfo, TaskDb};

use crate::output::{self, Table, Time};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// List schedules, by name.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Only those after this name: the `next` of the page before.
    #[arg(long, value_name = "NAME")]
    after: Option<String>,

    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb schedule list --url sqlite://jobs.db
  taskdb schedule list --url sqlite://jobs.db --json

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

#[derive(Serialize)]
struct Page {
    schedules: Vec<ScheduleDoc>,
    next: Option<String>,
}

/// A schedule; the job is as stored.
#[derive(Serialize)]
struct ScheduleDoc {
    name: String,
    cron: String,
    time_zone: String,
    missed: MissedTicks,
    paused: bool,
    job: Value,
    revision: u64,
    next_at: Option<Time>,
    fired_at: Option<Time>,
}

impl ScheduleDoc {
    fn new(info: ScheduleInfo, schedule: Schedule) -> Result<Self, Problem> {
        let mut body: Value = info.body.parse()?;
        Ok(Self {
            name: info.name,
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            missed: schedule.missed,
            paused: schedule.paused,
            job: body["job"].take(),
            revision: info.revision,
            next_at: info.next_at.map(Time::from),
            fired_at: info.fired_at.map(Time::from),
        })
    }
}

pub(super) async fn run(db: TaskDb, args: &ListArgs) -> Result<(), Problem> {
    let page = db.list_schedules(args.after.as_deref(), args.limit).await?;
    let next = page.last().filter(|_| page.len() >= args.limit).map(|last| last.name.clone());
    let mut table = Table::new(["SCHEDULE", "CRON", "TIME ZONE", "NEXT", "LAST"]);
    let mut schedules = Vec::new();
    for info in page {
        let schedule = Schedule::read(&info)?;
        let time = |time: Option<_>| time.map_or_else(|| "-".to_owned(), output::when);
        let next_at = if schedule.paused { "paused".to_owned() } else { time(info.next_at) };
        let (cron, zone) = (schedule.cron.clone(), schedule.time_zone.clone());
        table.row([info.name.clone(), cron, zone, next_at, time(info.fired_at)]);
        schedules.push(ScheduleDoc::new(info, schedule)?);
    }
    if args.json {
        return output::document(&Page { schedules, next });
    }
    output::line(&table.to_string())?;
    if let Some(name) = next {
        output::hint(&format!("there may be more: --after '{}'", output::clean(&name)));
    }
    Ok(())
}
