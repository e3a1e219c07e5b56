//! `exporter`: the work of `flat` while somebody looks at the store as `taskdb exporter` does, from
//! a connection of his own, against the same work unwatched.

use std::time::Duration;

use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusBuilder;
use taskdb::TaskDb;
use tokio::task::JoinHandle;
use tokio::time::interval;

use super::{About, Workload, flat, point};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::measure::rates;
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
                let mut samples = Vec::new();
                for run in 0..bench.pace.runs {
                    samples.extend(compared(bench, n, crew, run % 2 == 0).await?);
                }
                if !samples.is_empty() {
                    let point = point(n, workers);
                    readings.push(Reading::new("watched", point, Unit::Ratio, samples));
                }
            }
        }
        Ok(readings)
    }
}

/// The rate of watched work in that of unwatched work, each on a fresh store, one after the other;
/// nothing where nobody else can reach the store.
async fn compared(bench: &Bench<'_>, n: usize, crew: Crew, first: bool) -> Result<Option<f64>> {
    let mut seen = [0.0; 2];
    for watched in [first, !first] {
        let space = bench.place.fresh().await?;
        let Some(url) = &space.url else { return Ok(None) };
        let looks = match watched {
            true => Some(look(taskdb::connect(url).await?)),
            false => None,
        };
        seen[usize::from(watched)] = rate(bench, &space, n, crew).await?;
        if let Some(looks) = looks {
            looks.abort();
        }
    }
    let [unwatched, watched] = seen;
    Ok(Some(watched / unwatched))
}

async fn rate(bench: &Bench<'_>, space: &Space, n: usize, crew: Crew) -> Result<f64> {
    let work = bench.pace.repeat(async || flat::round(space, n, crew).await).await?;
    Ok(rates(&[work], 0)[0])
}

/// Looks, and writes the page.
fn look(db: TaskDb) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut turns = interval(EVERY);
        loop {
            turns.tick().await;
            let Ok(stats) = db.stats().await else { continue };
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            metrics::with_local_recorder(&recorder, || stats.publish(STREAMS));
            std::hint::black_box(handle.render());
        }
    })
}
