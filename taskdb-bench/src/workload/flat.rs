//! `flat`: one job of independent tasks, claimed and completed by one call each.

use std::time::Instant;

use async_trait::async_trait;
use taskdb::TaskDb;
use uuid::Uuid;

use super::{About, Workload, flatness, point};
use crate::bench::Bench;
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::Crew;
use crate::load::{self, BATCH, graph};
use crate::measure::{Work, rates};
use crate::place::Space;

pub(super) struct Flat;

#[async_trait(?Send)]
impl Workload for Flat {
    fn about(&self) -> About {
        About {
            name: "flat",
            what: "one job of n independent tasks, claim and done one call each",
            full: &[1_000, 10_000, 100_000],
            quick: &[50, 200],
            workers: &[8, 64],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let crew = Crew { workers, batch: 1 };
            let run = async |space: &Space, n| {
                bench.pace.repeat(async || round(space, n, crew).await).await
            };
            let runs = bench.by_size(Some((Kind::Cycle, workers)), run).await?;
            let mut by_size = Vec::new();
            for (n, works) in runs.sizes {
                let cycles = rates(&works, 0);
                let reading =
                    Reading::new("cycles", point(n, workers), Unit::Cycles, cycles.clone());
                readings.push(reading.beside(runs.limit.as_ref()));
                by_size.push((n, cycles));
            }
            readings.extend(flatness(&by_size, &format!(" workers={workers}")));
        }
        Ok(readings)
    }
}

/// A job of `n` tasks, for a pace.
pub(super) async fn round(space: &Space, n: usize, crew: Crew) -> Result<[Work; 1]> {
    Ok([job(&space.db, n, crew).await?.1])
}

/// Makes a job of `n` tasks and runs it, which alone is timed.
pub(super) async fn job(db: &TaskDb, n: usize, crew: Crew) -> Result<(Uuid, Work)> {
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    load::fill(db, job, stream, graph::flat(n), BATCH).await?;
    let start = Instant::now();
    let cycles = crew.drain(db).await?;
    let work = Work::since(start, cycles);
    ensure(cycles == n, || format!("{cycles} of {n} tasks were run"))?;
    load::check_done(db, job, n).await?;
    Ok((job, work))
}
