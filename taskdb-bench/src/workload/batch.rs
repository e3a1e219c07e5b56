//! `batch`: as `flat`, with a hundred claims and a hundred completions in a call.

use async_trait::async_trait;

use super::{About, Workload, flat, point};
use crate::bench::Bench;
use crate::error::Result;
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::Crew;
use crate::measure::rates;
use crate::place::Space;

pub(super) struct Batch;

#[async_trait(?Send)]
impl Workload for Batch {
    fn about(&self) -> About {
        About {
            name: "batch",
            what: "one job of n independent tasks, claimed and completed 100 at a time",
            full: &[10_000, 100_000],
            quick: &[500],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let crew = Crew { workers, batch: 100 };
            let run = async |space: &Space, n| {
                bench.pace.repeat(async || flat::round(space, n, crew).await).await
            };
            let runs = bench.by_size(Some((Kind::Bulk, workers)), run).await?;
            readings.extend(runs.sizes.iter().map(|(n, works)| {
                let point = point(*n, workers);
                let reading = Reading::new("finished", point, Unit::Tasks, rates(works, 0));
                reading.beside(runs.limit.as_ref())
            }));
        }
        Ok(readings)
    }
}
