//! `worker`: the same job by the worker runtime and by bare loops of claim and done, in
//! turns; what the runtime costs is their ratio.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::Value;
use taskdb::Worker as Runtime;
use taskdb::worker::{Context, Ended, Hooks, Request, Result as Done};
use tokio_util::sync::CancellationToken;

use super::{About, Workload, flat, point};
use crate::bench::Bench;
use crate::error::{Error, Result, ensure};
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::load::{self, BATCH, CPU, graph};
use crate::measure::{Work, rates};
use crate::place::Space;

pub(super) struct Worker;

#[async_trait(?Send)]
impl Workload for Worker {
    fn about(&self) -> About {
        About {
            name: "worker",
            what: "one job of n independent tasks by the worker runtime, and by bare loops",
            full: &[10_000],
            quick: &[100],
            workers: &[8, 64],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let crew = Crew { workers, batch: 1 };
            let run = async |space: &Space, n| {
                let both = async || {
                    let [bare] = flat::round(space, n, crew).await?;
                    Ok([round(space, n, workers).await?, bare])
                };
                bench.pace.repeat(both).await
            };
            for (n, works) in bench.by_size(None, run).await?.sizes {
                let (cycles, bare) = (rates(&works, 0), rates(&works, 1));
                let ratio = cycles.iter().zip(&bare).map(|(cycles, bare)| cycles / bare).collect();
                let reading =
                    |name, unit, samples| Reading::new(name, point(n, workers), unit, samples);
                readings.push(reading("cycles", Unit::Cycles, cycles));
                readings.push(reading("bare loop", Unit::Cycles, bare));
                readings.push(reading("to bare loop", Unit::Ratio, ratio));
            }
        }
        Ok(readings)
    }
}

/// Makes a job of `n` tasks and has the runtime do it, which alone is timed.
async fn round(space: &Space, n: usize, workers: usize) -> Result<Work> {
    let db = &space.db;
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    load::fill(db, job, stream, graph::flat(n), BATCH).await?;
    let (done, all) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
    let counter = Counter { done: Arc::clone(&done), n, all: all.clone() };
    let handler = async |_: Value, _: Context| Done::Ok(load::output());
    let runtime = Runtime::new(db.clone()).on(CPU, handler).concurrency(workers).hooks(counter);
    let start = Instant::now();
    let took = async {
        all.cancelled().await;
        start.elapsed()
    };
    let end = all.clone().cancelled_owned();
    let (ended, took) = tokio::join!(runtime.run_until(end), took);
    ended.map_err(|why| Error::Unsound(why.to_string()))?;
    let cycles = done.load(Ordering::SeqCst);
    ensure(cycles == n, || format!("{cycles} of {n} tasks were run"))?;
    load::check_done(db, job, n).await?;
    Ok(Work { units: cycles, took })
}

/// Counts accepted results, and ends the worker with the last.
struct Counter {
    done: Arc<AtomicUsize>,
    n: usize,
    all: CancellationToken,
}

impl Hooks for Counter {
    fn ended(&self, _: &Request, how: &Ended, _: Duration) {
        if *how == Ended::Done && self.done.fetch_add(1, Ordering::SeqCst) + 1 == self.n {
            self.all.cancel();
        }
    }
}
