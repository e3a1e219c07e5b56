//! `wake`: how long it takes from creating a task until an idle worker has claimed
//! it, in one process and, where processes can share the store, across two. The first times
//! are told apart: a new connection plans its statements, and the cores have slept.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use taskdb::{Clock, ReadyTask, SystemClock, TaskDb};
use uuid::Uuid;

use super::{About, Workload};
use crate::bench::{Bench, Runs};
use crate::child::{Child, Role};
use crate::error::{Error, Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::{self, CPU, USER};
use crate::measure::percentile;
use crate::place::Space;

pub(super) struct Wake;

/// Long enough for a worker that has just been started to be idle.
pub(crate) const SETTLE: Settle = Settle(Duration::from_millis(20));
/// The worker gives up after this long, far above any wake-up.
const PATIENCE_SECS: u64 = 30;
/// Turns before those that count.
const FIRST: usize = 10;
/// Creating the task and claiming it are one durable step each.
const STEPS: f64 = 2.0;

/// A pause for which there is no event to wait for.
pub(crate) struct Settle(Duration);

impl Settle {
    pub(crate) async fn wait(&self) {
        tokio::time::sleep(self.0).await;
    }
}

#[async_trait(?Send)]
impl Workload for Wake {
    fn about(&self) -> About {
        About {
            name: "wake",
            what: "n times: a task arrives for an idle worker, in one process and across two",
            full: &[200],
            quick: &[5],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let beside = Some((Kind::Call, 1));
        let one = async |space: &Space, n| within(space, n).await.map(Some);
        let one = readings(bench.by_size(beside, one).await?, 1);
        let two = async |space: &Space, n| across(space, n).await;
        let two = readings(bench.by_size(beside, two).await?, 2);
        Ok([one, two].concat())
    }
}

/// The readings of runs that have waits; nothing of those that cannot have any.
fn readings(runs: Runs<Option<Vec<f64>>>, processes: usize) -> Vec<Reading> {
    let mut readings = Vec::new();
    for (n, waits) in runs.sizes {
        let waits: Vec<_> = waits.into_iter().flatten().collect();
        type Figure = fn(&[f64]) -> f64;
        let figures: [(&str, Figure); 3] = [
            ("first", |waits| waits[0]),
            ("p50", |waits| percentile(&waits[FIRST..], 0.5)),
            ("p99", |waits| percentile(&waits[FIRST..], 0.99)),
        ];
        for (what, figure) in figures {
            let samples: Vec<_> = waits.iter().map(|waits| figure(waits)).collect();
            if !samples.is_empty() {
                let point = format!("n={n} processes={processes}");
                let reading = Reading::new(what, point, Unit::Millis, samples);
                readings.push(reading.beside_steps(STEPS, runs.limit.as_ref()));
            }
        }
    }
    readings
}

/// Wake-ups by a task that this process creates.
async fn within(space: &Space, n: usize) -> Result<Vec<f64>> {
    let stream = load::stream(&space.db).await?;
    let mut waits = Vec::new();
    for _ in 0..FIRST + n {
        waits.push(wake_up(&space.db, async || arrive(&space.db, stream).await).await?);
    }
    Ok(waits)
}

/// Wake-ups by a task that another process creates; nothing where none can.
async fn across(space: &Space, n: usize) -> Result<Option<Vec<f64>>> {
    let Some(url) = &space.url else { return Ok(None) };
    let mut child = Child::start(Role::Waker, url)?;
    let mut waits = Vec::new();
    for _ in 0..FIRST + n {
        waits.push(wake_up(&space.db, async || child.go()).await?);
    }
    Ok(Some(waits))
}

/// Creates a task that says when.
pub(crate) async fn arrive(db: &TaskDb, stream: Uuid) -> Result<()> {
    let definition = json!({"at": SystemClock.now().as_micros()});
    db.create_job(&stream, &definition, 0, 60, USER).await?;
    Ok(())
}

/// Has a task arrive for an idle worker; milliseconds from then to the claim.
async fn wake_up(db: &TaskDb, arrive: impl AsyncFnOnce() -> Result<()>) -> Result<f64> {
    let worker = db.clone();
    let waiting = tokio::spawn(async move {
        let task = worker.request_work_wait(CPU, PATIENCE_SECS).await;
        (task, SystemClock.now())
    });
    SETTLE.wait().await;
    ensure(!waiting.is_finished(), || "the worker was not idle".into())?;
    arrive().await?;
    let (task, woken) = waiting.await.map_err(|panic| Error::Unsound(panic.to_string()))?;
    let task = task?;
    ensure(task.is_some(), || format!("no wake-up within {PATIENCE_SECS} s"))?;
    let Some(task) = task else { return Ok(f64::NAN) };
    db.complete(&task.claim, &load::output()).await?;
    Ok((woken.as_micros() - created(&task)?) as f64 / 1_000.0)
}

fn created(task: &ReadyTask) -> Result<i64> {
    let at = task.task_def["at"].as_i64();
    at.ok_or_else(|| Error::Unsound("the task is not the one that arrived".into()))
}
