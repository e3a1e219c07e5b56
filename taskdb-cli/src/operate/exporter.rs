//! `taskdb exporter`: what a namespace holds, for a scraper.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Args;
use metrics::gauge;
use taskdb::stats::STATS_METRICS;
use taskdb::{Stats, TaskDb, TaskDbErr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::job::duration;
use crate::output;
use crate::problem::Problem;
use crate::store::StoreArgs;
use crate::watch::{Answer, Metrics, Site, Socket, render};

/// Show Prometheus what a namespace holds.
///
/// Tasks by state, streams, how long work waits: docs/metrics.md describes the metrics. One
/// exporter for each namespace is enough.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExporterArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// Where to answer: /metrics, /live, and /ready, which tells whether the store does. With
    /// port 0 a free one is found and told.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9478")]
    listen: SocketAddr,

    /// Look at the store at most so often, however many ask.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    every: Duration,

    /// Show so many streams by themselves, those first in which most waits.
    #[arg(long, value_name = "N", default_value_t = 100)]
    streams: usize,
}

const EXAMPLES: &str = "\
Examples:
  taskdb exporter --url sqlite://jobs.db --listen 127.0.0.1:0
  taskdb exporter --url sqlite://jobs.db --listen 127.0.0.1:0 --every 15s --streams 20

Exit codes:
  0 stopped as asked    1 the store or the address cannot be had
  2 the command line cannot be used";

/// What there is beside the gauges of a store; docs/metrics.md has the same.
const EXPORTER_METRICS: &[(&str, &str)] = &[
    ("taskdb_up", "1 if the store answered the last look, else 0"),
    ("taskdb_look_seconds", "how long the last look took"),
    ("taskdb_look_age_seconds", "how long ago it was"),
];
/// How long a look may take: less than a scraper waits.
const LIMIT: Duration = Duration::from_secs(8);

pub(crate) fn run(args: &ExporterArgs) -> Result<(), Problem> {
    args.store.with(|db| serve(db, args))
}

async fn serve(db: TaskDb, args: &ExporterArgs) -> Result<(), Problem> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let socket = Socket::bind(args.listen).await?;
    output::hint(&format!("listening to http://{}", socket.address()?));
    let (calls, last) = (Metrics::begin(&[])?, Mutex::default());
    let exporter = Exporter { db, every: args.every, most: args.streams, calls, last };
    tokio::select! {
        () = socket.serve(exporter) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

struct Exporter {
    db: TaskDb,
    every: Duration,
    most: usize,
    /// What its own looks cost.
    calls: Metrics,
    last: Mutex<Option<Look>>,
}

/// A look at the store.
struct Look {
    at: Instant,
    took: Duration,
    /// What was seen, or why nothing was.
    seen: Result<Stats, String>,
}

impl Look {
    async fn take(db: &TaskDb) -> Self {
        let at = Instant::now();
        let seen = match timeout(LIMIT, db.stats()).await {
            Ok(seen) => seen.map_err(|why: TaskDbErr| why.to_string()),
            Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
        };
        Self { at, took: at.elapsed(), seen }
    }

    fn publish(&self, most: usize) {
        if let Ok(stats) = &self.seen {
            stats.publish(most);
        }
        gauge!("taskdb_up").set(f64::from(self.seen.is_ok()));
        gauge!("taskdb_look_seconds").set(self.took);
        gauge!("taskdb_look_age_seconds").set(self.at.elapsed());
    }
}

impl Exporter {
    /// Does something with the last look, which is taken anew if it is old. Whoever asks
    /// meanwhile waits for it.
    async fn with<T>(&self, show: impl FnOnce(&Look) -> T) -> T {
        let mut last = self.last.lock().await;
        let look = match last.take().filter(|look| look.at.elapsed() < self.every) {
            Some(look) => look,
            None => Look::take(&self.db).await,
        };
        show(last.insert(look))
    }
}

impl Site for Exporter {
    async fn answer(&self, path: &str) -> Answer {
        match path {
            "/metrics" => {
                let all = [STATS_METRICS, EXPORTER_METRICS];
                let page = self.with(|look| render(&all, || look.publish(self.most))).await;
                Answer::metrics(page + &self.calls.render())
            }
            "/live" => Answer::probe(true, "live"),
            "/ready" => self.with(ready).await,
            _ => Answer::unknown(),
        }
    }
}

fn ready(look: &Look) -> Answer {
    match &look.seen {
        Ok(_) => Answer::probe(true, "ready"),
        Err(why) => Answer::probe(false, &output::clean(why)),
    }
}
