//! `pinned`: cycles of one job while somebody keeps an old snapshot open, and how soon the
//! rate is back when it ends. Other stores than Postgres keep nothing for a reader's sake
//! that a claim would have to step over.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use uuid::Uuid;

use super::{About, Workload, point};
use crate::bench::Bench;
use crate::database::{Database, run};
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::Crew;
use crate::load::graph::Node;
use crate::load::{self, BATCH};
use crate::measure::{Work, millis};
use crate::place::Space;

pub(super) struct Pinned;

const PIN: &str = include_str!("../../queries/postgres/pin.sql");
const END: &str = include_str!("../../queries/postgres/unpin.sql");
/// What the rate is again when it is back, as a part of that before.
const BACK: f64 = 0.9;
/// How long is waited for that.
const PATIENCE: Duration = Duration::from_secs(60);

#[async_trait(?Send)]
impl Workload for Pinned {
    fn about(&self) -> About {
        About {
            name: "pinned",
            what: "a job of flat before, after n cycles under an open snapshot, and when it ends",
            full: &[100_000],
            quick: &[200],
            workers: &[8, 64],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let Some(database) = bench.place.database() else { return Ok(Vec::new()) };
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let step = bench.of(5_000, 100);
            let run = async |space: &Space, n| Run::of(database, space, n, step, workers).await;
            let runs = bench.by_size(Some((Kind::Cycle, workers)), run).await?;
            for (n, samples) in runs.sizes {
                let reading = |what, unit, figure: fn(&Run) -> f64| {
                    let samples = samples.iter().map(figure).collect();
                    Reading::new(what, point(n, workers), unit, samples)
                };
                let limit = runs.limit.as_ref();
                let before = reading("before", Unit::Cycles, |run| run.before.rate());
                readings.push(before.beside(limit));
                let cycles = reading("cycles", Unit::Cycles, |run| run.after.rate());
                readings.push(cycles.beside(limit));
                readings.push(reading("back", Unit::Millis, |run| millis(run.back)));
            }
        }
        Ok(readings)
    }
}

struct Run {
    /// Cycles before the snapshot.
    before: Work,
    /// Cycles under it, after many.
    after: Work,
    /// How long after its end the rate is back.
    back: Duration,
}

impl Run {
    async fn of(
        database: &Database,
        space: &Space,
        n: usize,
        step: usize,
        workers: usize,
    ) -> Result<Self> {
        let stream = load::stream(&space.db).await?;
        let job = load::job(&space.db, stream).await?;
        let mut rounds = Rounds { space, job, stream, workers, named: 0 };
        // The first claims of a connection prepare its statements.
        rounds.next(step).await?;
        let before = rounds.next(step).await?;
        let mut snapshot = database.connect().await?;
        run(&mut snapshot, PIN).await?;
        rounds.next(n).await?;
        let after = rounds.next(step).await?;
        run(&mut snapshot, END).await?;
        let end = Instant::now();
        while rounds.next(step).await?.rate() < BACK * before.rate() {
            ensure(end.elapsed() < PATIENCE, || "the rate has not come back".into())?;
        }
        Ok(Self { before, after, back: end.elapsed() })
    }
}

/// Rounds of one job, each with tasks of its own.
struct Rounds<'a> {
    space: &'a Space,
    job: Uuid,
    stream: Uuid,
    workers: usize,
    named: usize,
}

impl Rounds<'_> {
    /// Adds so many tasks and runs them, which alone is timed.
    async fn next(&mut self, tasks: usize) -> Result<Work> {
        let name = |n| Node { name: format!("task-{n}"), after: Vec::new() };
        let nodes = (self.named..self.named + tasks).map(name);
        self.named += tasks;
        load::fill(&self.space.db, self.job, self.stream, nodes, BATCH).await?;
        let start = Instant::now();
        let cycles = Crew { workers: self.workers, batch: 1 }.drain(&self.space.db).await?;
        Ok(Work::since(start, cycles))
    }
}
