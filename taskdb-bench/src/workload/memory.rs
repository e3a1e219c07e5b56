//! `memory`: bytes of the store for a task in each state, a job and a stream, as
//! its growth from n of them to 2 n; and what a worker's process keeps in memory.
//!
//! Bytes do not vary as times do, so there is one run.

use async_trait::async_trait;
use taskdb::TaskDb;

use super::{About, Workload};
use crate::bench::Bench;
use crate::bytes::{self, StoreBytes};
use crate::child::{Child, Role};
use crate::error::{Error, Result, ensure};
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::load::{self, BATCH, CPU, graph};

pub(super) struct Memory;

#[async_trait(?Send)]
impl Workload for Memory {
    fn about(&self) -> About {
        About {
            name: "memory",
            what: "bytes for each of n tasks, jobs and streams, and of a worker's engine",
            full: &[20_000],
            quick: &[1_000],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        if let Some(meter) = bytes::of(bench.backend) {
            for n in bench.sizes() {
                readings.extend(store(bench, &*meter, n).await?);
            }
        }
        readings.extend(worker(bench).await?);
        Ok(readings)
    }
}

async fn store(bench: &Bench<'_>, meter: &dyn StoreBytes, n: usize) -> Result<Vec<Reading>> {
    let grow = async |add: Add| growth(bench, meter, n, add).await;
    let Some(ready) = grow(Add::Ready).await? else { return Ok(Vec::new()) };
    let reading = |what, state: &str, bytes| {
        Reading::new(what, format!("n={n}{state}"), Unit::Bytes, vec![bytes])
    };
    let mut readings = vec![reading("task", " ready", ready)];
    for (add, state) in [(Add::Running, " running"), (Add::Done, " done")] {
        readings.extend(grow(add).await?.map(|bytes| reading("task", state, bytes)));
    }
    // A job comes with one task, which has its own line.
    readings.extend(grow(Add::Jobs).await?.map(|bytes| reading("job", "", bytes - ready)));
    readings.extend(grow(Add::Streams).await?.map(|bytes| reading("stream", "", bytes)));
    Ok(readings)
}

/// What a store is made to hold more of.
#[derive(Debug, Clone, Copy)]
enum Add {
    Ready,
    Running,
    Done,
    Jobs,
    Streams,
}

/// Bytes for each of the second `n` things that a store holds.
async fn growth(
    bench: &Bench<'_>,
    meter: &dyn StoreBytes,
    n: usize,
    add: Add,
) -> Result<Option<f64>> {
    let space = bench.place.fresh().await?;
    add.to(&space.db, n).await?;
    let Some(before) = meter.bytes(bench.place, &space).await? else { return Ok(None) };
    add.to(&space.db, n).await?;
    let after = meter.bytes(bench.place, &space).await?.unwrap_or(before);
    ensure(after > before, || format!("the store has not grown by {n} of {add:?}"))?;
    Ok(Some((after - before) as f64 / n as f64))
}

impl Add {
    async fn to(self, db: &TaskDb, n: usize) -> Result<()> {
        match self {
            Self::Ready => ready(db, n).await,
            Self::Running => {
                ready(db, n).await?;
                let mut claimed = 0;
                while claimed < n {
                    let more = db.request_work_batch(CPU, BATCH, None).await?.len();
                    ensure(more > 0, || format!("{claimed} of {n} tasks were claimed"))?;
                    claimed += more;
                }
                Ok(())
            }
            Self::Done => {
                ready(db, n).await?;
                let done = Crew { workers: 1, batch: BATCH }.drain(db).await?;
                ensure(done == n, || format!("{done} of {n} tasks were finished"))
            }
            Self::Jobs => {
                let stream = load::stream(db).await?;
                load::many(n, async |_| load::job(db, stream).await).await.map(drop)
            }
            Self::Streams => {
                let make = async |_| Ok(db.create_stream(CPU, 0, 1.0, load::USER).await?);
                load::many(n, make).await.map(drop)
            }
        }
    }
}

/// A job of `n` tasks.
async fn ready(db: &TaskDb, n: usize) -> Result<()> {
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    load::fill(db, job, stream, graph::flat(n), BATCH).await
}

/// What connecting and waiting for work adds to a process, where one can be started.
async fn worker(bench: &Bench<'_>) -> Result<Option<Reading>> {
    let space = bench.place.fresh().await?;
    let Some(url) = &space.url else { return Ok(None) };
    let child = Child::start(Role::Worker, url)?;
    let bytes = child.greeting.parse::<f64>().map_err(|error| Error::Child(error.to_string()))?;
    ensure(bytes > 0.0, || "the second process has not grown".into())?;
    let point = "engine of a waiting worker";
    Ok(Some(Reading::new("worker", point, Unit::Megabytes, vec![bytes / 1e6])))
}
