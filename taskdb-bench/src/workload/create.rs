//! `create`: the tasks of one job, singly by one caller and in batches.

use std::time::Instant;

use async_trait::async_trait;
use taskdb::{JobState, TaskDb};

use super::{About, Workload};
use crate::bench::Bench;
use crate::error::{Error, Result};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::{self, BATCH, graph};
use crate::measure::{Work, rates};
use crate::place::Space;

pub(super) struct Create;

#[async_trait(?Send)]
impl Workload for Create {
    fn about(&self) -> About {
        About {
            name: "create",
            what: "one job, n tasks created singly, 100 and 1000 at a time by one caller",
            full: &[10_000],
            quick: &[200],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for batch in [1, 100, BATCH] {
            let kind = if batch == 1 { Kind::Call } else { Kind::Bulk };
            let run = async |space: &Space, n| {
                bench.pace.repeat(async || round(&space.db, n, batch).await).await
            };
            let runs = bench.by_size(Some((kind, 1)), run).await?;
            readings.extend(runs.sizes.iter().map(|(n, works)| {
                let point = format!("n={n} batch={batch}");
                let reading = Reading::new("created", point, Unit::Tasks, rates(works, 0));
                reading.beside(runs.limit.as_ref())
            }));
        }
        Ok(readings)
    }
}

async fn round(db: &TaskDb, n: usize, batch: usize) -> Result<[Work; 1]> {
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    // A task of the runtime, as callers in applications mostly are: its answers need not
    // wake the main thread each time.
    let caller = db.clone();
    let caller = tokio::spawn(async move {
        let start = Instant::now();
        load::fill(&caller, job, stream, graph::flat(n + 1), batch).await?;
        Ok::<_, Error>(Work::since(start, n))
    });
    let work = caller.await.map_err(|panic| Error::Unsound(panic.to_string()))??;
    load::check(db, job, n + 1, JobState::Running).await?;
    Ok([work])
}
