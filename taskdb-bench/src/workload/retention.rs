//! `retention`: a namespace that n short jobs go through while finished ones are purged and the
//! event log is cut, as by default: how large it is after a tenth of them, from where on as
//! much goes as comes, and after all, and how fast a job of many tasks runs in it then and at
//! the end. A tenth of a million is what the defaults keep; of fewer jobs, fewer are kept.

use async_trait::async_trait;
use taskdb::{EventPolicy, Keep, Retention as Rules};

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
/// Jobs claimed and completed by one call, which is not what is measured.
const AT_ONCE: usize = 100;
/// Jobs of many tasks at each look.
const LOOKS: usize = 9;

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
    cycles: Vec<f64>,
}

impl Run<'_> {
    async fn readings(&self) -> Result<Vec<Reading>> {
        let space = self.bench.place.fresh().await?;
        let kept = (self.n / FULL) as u64;
        let keep = Keep { count: Some(kept), ..Rules::default().done };
        let rules = Rules { done: keep, ..Rules::default() };
        space.db.set_events(EventPolicy { max_count: kept, ..EventPolicy::default() }).await?;
        self.jobs(&space, FULL, &rules).await?;
        let full = self.look(&space).await?;
        self.jobs(&space, PARTS - FULL, &rules).await?;
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
        let cycles = [(self.n / FULL, full.cycles), (self.n, end.cycles)];
        readings.extend(cycles.iter().map(|(n, samples)| {
            Reading::new("cycles", point(*n, self.crew.workers), Unit::Cycles, samples.clone())
        }));
        readings.extend(flatness(&cycles, &format!(" workers={}", self.crew.workers)));
        Ok(readings)
    }

    /// Makes and does so many parts of the jobs, and tidies up after each.
    async fn jobs(&self, space: &Space, parts: usize, rules: &Rules) -> Result<()> {
        let db = &space.db;
        let stream = load::stream(db).await?;
        let jobs = self.n / PARTS;
        for _ in 0..parts {
            load::many(jobs, async |_| load::job(db, stream).await).await?;
            let done = Crew { batch: AT_ONCE, ..self.crew }.drain(db).await?;
            ensure(done == jobs, || format!("{done} of {jobs} jobs were done"))?;
            db.purge(rules).await?;
            self.tidy(space).await?;
        }
        Ok(())
    }

    /// Removes what is left of deleted jobs, as workers do now and then, and has the server do its
    /// part.
    async fn tidy(&self, space: &Space) -> Result<()> {
        space.db.requeue_tasks(AT_ONCE as i64).await?;
        self.meter.tidy(self.bench.place, space).await
    }

    /// What jobs of many tasks do in the store, each of which goes at once, and what it then takes,
    /// with what these have left each time.
    async fn look(&self, space: &Space) -> Result<Look> {
        let (tasks, mut works) = (self.bench.of(10_000, 50), Vec::new());
        for _ in 0..LOOKS {
            let (job, work) = flat::job(&space.db, tasks, self.crew).await?;
            works.push([work]);
            space.db.delete_job(&job).await?;
            self.tidy(space).await?;
        }
        let bytes = self.meter.bytes(self.bench.place, space).await?;
        Ok(Look { bytes, cycles: rates(&works, 0) })
    }
}
