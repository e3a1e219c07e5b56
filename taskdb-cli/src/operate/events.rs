//! `taskdb events`.

use std::collections::VecDeque;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use taskdb::{
    Event, EventFilter, EventKind, EventLevel, EventPolicy, EventPosition, EventsFrom, TaskDb,
    Timestamp,
};
use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

use crate::job::duration;
use crate::output::{self, Table, Time};
use crate::problem::Problem;
use crate::store::StoreArgs;

/// Show what has happened last, or follow what happens; or say what is written down.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Only those of this job.
    #[arg(long, value_name = "ID")]
    job: Option<Uuid>,

    /// Only those of tasks of this name.
    #[arg(long, value_name = "NAME")]
    task: Option<String>,

    /// Only those of this kind: created, ready, claimed, progress, done, failed, retried,
    /// cancelled or deleted. Can be given again.
    #[arg(long, value_parser = kind)]
    kind: Vec<EventKind>,

    /// Only those not older than this, such as 10m.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    since: Option<Duration>,

    /// Only what comes after this position, which `--json` shows as `next`.
    #[arg(long, value_name = "POSITION")]
    after: Option<String>,

    /// The last so many; with `--after` the first.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,

    /// Go on for ever: what happens is shown as it happens.
    #[arg(long)]
    follow: bool,

    /// Say what the namespace writes down from now on, and show nothing: `off`, `essential`
    /// (jobs, and what goes wrong with tasks) or `all`.
    #[arg(long, value_parser = level, conflicts_with_all = ["follow", "job", "task", "kind", "since", "after"])]
    level: Option<EventLevel>,

    /// Print one JSON document, described in docs/cli.md; with `--follow` one a line.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskdb events --url sqlite://jobs.db --kind failed --kind retried --since 1h
  taskdb events --url sqlite://jobs.db --job 01997a8e-4c1b-7d30-9f3e-0a4c5b6d7e8f --json
  taskdb events --url sqlite://jobs.db --follow
  taskdb events --url sqlite://jobs.db --level all

Exit codes:
  0 done    1 the store failed    2 the command line cannot be used";

/// How many are read at once.
const PAGE: usize = 1_000;

fn kind(name: &str) -> Result<EventKind, String> {
    name.parse()
        .map_err(|_| format!("use one of {}", EventKind::ALL.map(EventKind::name).join(", ")))
}

fn level(name: &str) -> Result<EventLevel, String> {
    name.parse()
        .map_err(|_| format!("use one of {}", EventLevel::ALL.map(EventLevel::name).join(", ")))
}

/// An event, and behind the last one where to go on.
#[derive(Serialize)]
struct EventsDoc {
    events: Vec<EventDoc>,
    next: EventPosition,
}

#[derive(Serialize)]
struct EventDoc {
    at: Time,
    kind: EventKind,
    job_id: Uuid,
    task: Option<String>,
    attempt: Option<u64>,
    worker: Option<String>,
    detail: Option<String>,
}

impl From<Event> for EventDoc {
    fn from(event: Event) -> Self {
        Self {
            at: Time::from(event.at),
            kind: event.kind,
            job_id: event.job_id,
            task: event.task_id,
            attempt: event.attempt,
            worker: event.worker_id,
            detail: event.detail,
        }
    }
}

pub(crate) fn run(args: &EventsArgs) -> Result<(), Problem> {
    args.store.with(async |db: TaskDb| match args.level {
        Some(level) => set(&db, level, args.json).await,
        None => show(&db, args).await,
    })
}

async fn set(db: &TaskDb, level: EventLevel, json: bool) -> Result<(), Problem> {
    let policy = EventPolicy { level, ..db.describe().await?.events };
    db.set_events(policy).await?;
    if json {
        return output::document(&serde_json::json!({ "level": level }));
    }
    output::line(level.name())
}

async fn show(db: &TaskDb, args: &EventsArgs) -> Result<(), Problem> {
    let now = db.describe().await?.now;
    let filter = EventFilter {
        job_id: args.job,
        task_id: args.task.clone(),
        kinds: args.kind.clone(),
        since: args.since.map(|age| before(now, age)),
        until: None,
    };
    let (events, next) = read(db, args, &filter).await?;
    if !args.follow {
        return print(events, next, args.json);
    }
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    for event in events {
        one(event, args.json)?;
    }
    let mut following = db.subscribe(EventsFrom::After(next), filter);
    loop {
        tokio::select! {
            event = following.next() => one(event?, args.json)?,
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        }
    }
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    let micros = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_sub(micros))
}

/// The events to begin with, and where to go on.
async fn read(
    db: &TaskDb,
    args: &EventsArgs,
    filter: &EventFilter,
) -> Result<(VecDeque<Event>, EventPosition), Problem> {
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let mut from = match &args.after {
        Some(position) => EventsFrom::After(EventPosition::new(position)),
        None => EventsFrom::Start,
    };
    let mut last = VecDeque::new();
    loop {
        let most = if args.after.is_some() { limit - last.len() } else { PAGE };
        let page = db.list_events(from, filter.clone(), most.min(PAGE)).await?;
        last.extend(page.events);
        while last.len() > limit {
            last.pop_front();
        }
        let full = args.after.is_some() && last.len() == limit;
        if !page.more || full {
            return Ok((last, page.next));
        }
        from = EventsFrom::After(page.next);
    }
}

fn print(events: VecDeque<Event>, next: EventPosition, json: bool) -> Result<(), Problem> {
    if json {
        let events = events.into_iter().map(EventDoc::from).collect();
        return output::document(&EventsDoc { events, next });
    }
    let mut table = Table::new(["AT", "KIND", "JOB", "TASK", "ATTEMPT", "WORKER", "DETAIL"]);
    for event in events {
        table.row(cells(event));
    }
    output::line(&table.to_string())
}

fn one(event: Event, json: bool) -> Result<(), Problem> {
    if json {
        return output::document(&EventDoc::from(event));
    }
    let [at, kind, rest @ ..] = cells(event);
    let rest: Vec<_> = rest.iter().map(|cell| output::clean(cell)).collect();
    output::line(format!("{at}  {kind:<9}  {}", rest.join("  ")).trim_end())
}

fn cells(event: Event) -> [String; 7] {
    [
        output::when(event.at),
        event.kind.to_string(),
        event.job_id.to_string(),
        event.task_id.unwrap_or_default(),
        event.attempt.map(|attempt| attempt.to_string()).unwrap_or_default(),
        event.worker_id.unwrap_or_default(),
        event.detail.unwrap_or_default(),
    ]
}
