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
        let run = async |space: &Space, n| watch(&space.db, n, bench.watch()).await;
        for (n, samples) in bench.by_size(None, run).await?.sizes {
            let (calls, cores): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
            readings.push(Reading::new("calls", format!("n={n}"), Unit::Calls, calls));
            readings.push(Reading::new("processor", format!("n={n}"), Unit::Core, cores));
        }
        Ok(readings)
    }
}

/// Calls a second and hundredths of a core while `n` workers wait.
async fn watch(db: &TaskDb, n: usize, time: Duration) -> Result<(f64, f64)> {
    load::stream(db).await?;
    let calls = Calls::default();
    let mut waiting = JoinSet::new();
    for _ in 0..n {
        let worker = db.clone();
        let wait = async move { worker.request_work_wait(CPU, WAIT_SECS).await };
        waiting.spawn(wait.with_subscriber(calls.dispatch()));
    }
    settle(&calls, n).await?;
    let (start, calls_before, cpu_before) = (Instant::now(), calls.count(), machine::cpu_time());
    tokio::time::sleep(time).await;
    let made = calls.count() - calls_before;
    let (cpu, took) = (machine::cpu_time().saturating_sub(cpu_before), start.elapsed());
    ensure(waiting.try_join_next().is_none(), || "a worker has ended its wait".into())?;
    waiting.shutdown().await;
    // What was asked while it counted is forgotten, so that it costs nobody else.
    tracing::callsite::rebuild_interest_cache();
    let seconds = took.as_secs_f64();
    Ok((made as f64 / seconds, 100.0 * cpu.as_secs_f64() / seconds))
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
