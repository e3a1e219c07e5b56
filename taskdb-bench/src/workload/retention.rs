//! `retention`: a namespace that n short jobs go through while finished ones are purged, as by
//! default: how large it is after a tenth of them, from where on as many go as come, and
//! after all, and how fast a job of many tasks runs in it then and at the end.

use async_trait::async_trait;
use taskdb::{Keep, Retention as Rules, TaskDb};

use super::{About, Workload, flat, flatness, point};
use crate::bench::Bench;
use crate::bytes::{self, StoreBytes};
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::load;
use crate::load::crew::Crew;
use crate::measure::rates;
use crate::place::Space;

pub(super) struct Retention;

/// In how many parts the jobs come, with a purge after each.
const PARTS: usize = 100;
/// After so many of them the namespace is as full as it may be.
const FULL: usize = 10;
/// By how much it may have grown from then on.
const GROWTH: f64 = 1.5;

#[async_trait(?Send)]
impl Workload for Retention {
    fn about(&self) -> About {
        About {
            name: "retention",
            what: "n short jobs go through a namespace that keeps a tenth of them",
            full: &[1_000_000],
            quick: &[400],
            workers: &[64],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let Some(meter) = bytes::of(bench.backend) else { return Ok(Vec::new()) };
        let mut readings = Vec::new();
        for workers in bench.workers() {
            for n in bench.sizes() {
                let run = Run { bench, meter: &*meter, n, crew: Crew { workers, batch: 1 } };
                readings.extend(run.readings().await?);
            }
        }
        Ok(readings)
    }
}

struct Run<'a> {
    bench: &'a Bench<'a>,
    meter: &'a dyn StoreBytes,
    n: usize,
    crew: Crew,
}

/// What is seen at one moment.
struct Look {
    bytes: Option<u64>,
    cycles: f64,
}

impl Run<'_> {
    async fn readings(&self) -> Result<Vec<Reading>> {
        let space = self.bench.place.fresh().await?;
        let keep = Keep { count: Some((self.n / FULL) as u64), ..Rules::default().done };
        let rules = Rules { done: keep, ..Rules::default() };
        self.jobs(&space.db, FULL, &rules).await?;
        let full = self.look(&space).await?;
        self.jobs(&space.db, PARTS - FULL, &rules).await?;
        let end = self.look(&space).await?;
        let mut readings = Vec::new();
        for (jobs, look) in [(self.n / FULL, &full), (self.n, &end)] {
            let bytes = look.bytes.map(|bytes| bytes as f64 / 1e6).into_iter().collect();
            readings.push(Reading::new("size", format!("n={jobs}"), Unit::Megabytes, bytes));
        }
        readings.retain(|reading| !reading.samples.is_empty());
        if let (Some(full), Some(end)) = (full.bytes, end.bytes) {
            let grown = end as f64 / full as f64;
            // A few pages more or less are nothing of a small one.
            ensure(grown <= GROWTH || self.n < 10_000, || format!("it has grown {grown:.2} fold"))?;
        }
        let cycles = [(self.n / FULL, vec![full.cycles]), (self.n, vec![end.cycles])];
        readings.extend(cycles.iter().map(|(n, samples)| {
            Reading::new("cycles", point(*n, self.crew.workers), Unit::Cycles, samples.clone())
        }));
        readings.extend(flatness(&cycles, &format!(" workers={}", self.crew.workers)));
        Ok(readings)
    }

    /// Makes and does so many parts of the jobs, and purges after each.
    async fn jobs(&self, db: &TaskDb, parts: usize, rules: &Rules) -> Result<()> {
        let stream = load::stream(db).await?;
        let jobs = self.n / PARTS;
        for _ in 0..parts {
            load::many(jobs, async |_| load::job(db, stream).await).await?;
            let done = self.crew.drain(db).await?;
            ensure(done == jobs, || format!("{done} of {jobs} jobs were done"))?;
            db.purge(rules).await?;
        }
        Ok(())
    }

    /// What the store takes, and what a job of many tasks does in it, which goes afterwards.
    async fn look(&self, space: &Space) -> Result<Look> {
        let bytes = self.meter.bytes(self.bench.place, space).await?;
        let tasks = self.bench.of(20_000, 50);
        let works = [flat::round(space, tasks, self.crew).await?];
        Ok(Look { bytes, cycles: rates(&works, 0)[0] })
    }
}
