//! `idle`: what waiting workers cost while there is no work: calls of the store, and
//! time of the processor.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use taskdb::TaskDb;
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber;

use super::{About, Workload};
use crate::bench::Bench;
use crate::calls::Calls;
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::load::{self, CPU};
use crate::machine;
use crate::place::Space;

pub(super) struct Idle;

/// Longer than anyone watches.
const WAIT_SECS: u64 = 3_600;
/// How long the workers may take to begin to wait.
const PATIENCE: Duration = Duration::from_secs(30);

#[async_trait(?Send)]
impl Workload for Idle {
    fn about(&self) -> About {
        About {
            name: "idle",
            what: "n waiting workers in one process, no work",
            full: &[100],
            quick: &[100],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        let run = async |space: &Space, n| watch(bench, &space.db, n).await;
        for (n, samples) in bench.by_size(None, run).await?.sizes {
            let reading = |what, unit, of: fn(&Cost) -> Option<f64>| {
                let samples: Vec<_> = samples.iter().filter_map(of).collect();
                (!samples.is_empty()).then(|| Reading::new(what, format!("n={n}"), unit, samples))
            };
            readings.extend(reading("calls", Unit::Calls, |cost| Some(cost.calls)));
            readings.extend(reading("scripts", Unit::Calls, |cost| cost.scripts));
            readings.extend(reading("processor", Unit::Core, |cost| Some(cost.processor)));
        }
        Ok(readings)
    }
}

/// What waiting costs in a second.
struct Cost {
    /// Calls at the seam.
    calls: f64,
    /// Scripts that a Redis server says it has run.
    scripts: Option<f64>,
    /// Hundredths of a core in this process.
    processor: f64,
}

/// What it costs that `n` workers wait.
async fn watch(bench: &Bench<'_>, db: &TaskDb, n: usize) -> Result<Cost> {
    load::stream(db).await?;
    let scripts = || bench.place.server().map(|server| server.scripts_run()).transpose();
    let calls = Calls::default();
    let mut waiting = JoinSet::new();
    for _ in 0..n {
        let worker = db.clone();
        let wait = async move { worker.request_work_wait(CPU, WAIT_SECS).await };
        waiting.spawn(wait.with_subscriber(calls.dispatch()));
    }
    settle(&calls, n).await?;
    let scripts_before = scripts()?;
    let (start, calls_before, cpu_before) = (Instant::now(), calls.count(), machine::cpu_time());
    tokio::time::sleep(bench.watch()).await;
    let made = calls.count() - calls_before;
    let (cpu, took) = (machine::cpu_time().saturating_sub(cpu_before), start.elapsed());
    let run = scripts()?.zip(scripts_before).map(|(after, before)| after - before);
    ensure(waiting.try_join_next().is_none(), || "a worker has ended its wait".into())?;
    waiting.shutdown().await;
    // What was asked while it counted is forgotten, so that it costs nobody else.
    tracing::callsite::rebuild_interest_cache();
    let seconds = took.as_secs_f64();
    Ok(Cost {
        calls: made as f64 / seconds,
        scripts: run.map(|run| run as f64 / seconds),
        processor: 100.0 * cpu.as_secs_f64() / seconds,
    })
}

/// Returns when every worker has asked once and found nothing.
async fn settle(calls: &Calls, workers: usize) -> Result<()> {
    let start = Instant::now();
    while calls.count() < workers {
        ensure(start.elapsed() < PATIENCE, || "the workers do not begin to wait".into())?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(())
}
