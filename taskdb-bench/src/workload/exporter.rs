//! `exporter`: the work of `flat` while somebody looks at the store as `taskdb exporter` does, from
//! a connection of his own, against the same work unwatched; and how long a look takes meanwhile,
//! which bounds what it can cost where one rate beside the other is not certain to a percent.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusBuilder;
use taskdb::TaskDb;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::interval;

use super::{About, Workload, flat, point};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::measure::{millis, rates};
use crate::place::Space;

pub(super) struct Exporter;

/// How often somebody looks: five times as often as the exporter does at most, unless told to.
const EVERY: Duration = Duration::from_secs(1);
/// How many streams a page names, as with the exporter.
const STREAMS: usize = 100;

#[async_trait(?Send)]
impl Workload for Exporter {
    fn about(&self) -> About {
        About {
            name: "exporter",
            what: "flat of n tasks with a look at the store each second, in flat without",
            full: &[100_000],
            quick: &[50],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            for n in bench.sizes() {
                let crew = Crew { workers, batch: 1 };
                let (mut rates, mut looks) = (Vec::new(), Vec::new());
                for run in 0..bench.pace.runs {
                    if let Some(seen) = compared(bench, n, crew, run % 2 == 0).await? {
                        rates.push(seen.watched);
                        looks.extend(seen.looks);
                    }
                }
                if !rates.is_empty() {
                    let point = point(n, workers);
                    readings.push(Reading::new("watched", point.clone(), Unit::Ratio, rates));
                    // A quick run may be over before the first look is.
                    if !looks.is_empty() {
                        readings.push(Reading::new("look", point, Unit::Millis, looks));
                    }
                }
            }
        }
        Ok(readings)
    }
}

/// What was seen of one run.
struct Seen {
    /// The rate of watched work in that of unwatched work.
    watched: f64,
    /// What each look took, in milliseconds.
    looks: Vec<f64>,
}

/// Does work watched and unwatched, each on a fresh store, one after the other; nothing where
/// nobody else can reach the store.
async fn compared(bench: &Bench<'_>, n: usize, crew: Crew, first: bool) -> Result<Option<Seen>> {
    let mut seen = [0.0; 2];
    let mut took = Vec::new();
    for watched in [first, !first] {
        let space = bench.place.fresh().await?;
        let Some(url) = &space.url else { return Ok(None) };
        if watched {
            let (tell, mut told) = mpsc::unbounded_channel();
            let looks = look(taskdb::connect(url).await?, tell);
            seen[1] = rate(bench, &space, n, crew).await?;
            looks.abort();
            while let Ok(one) = told.try_recv() {
                took.push(one);
            }
        } else {
            seen[0] = rate(bench, &space, n, crew).await?;
        }
    }
    let [unwatched, watched] = seen;
    Ok(Some(Seen { watched: watched / unwatched, looks: took }))
}

async fn rate(bench: &Bench<'_>, space: &Space, n: usize, crew: Crew) -> Result<f64> {
    let work = bench.pace.repeat(async || flat::round(space, n, crew).await).await?;
    Ok(rates(&[work], 0)[0])
}

/// Looks, writes the page, and tells how many milliseconds that took.
fn look(db: TaskDb, tell: UnboundedSender<f64>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut turns = interval(EVERY);
        loop {
            turns.tick().await;
            let start = Instant::now();
            let Ok(stats) = db.stats().await else { continue };
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            metrics::with_local_recorder(&recorder, || stats.publish(STREAMS));
            std::hint::black_box(handle.render());
            let _ = tell.send(millis(start.elapsed()));
        }
    })
}
