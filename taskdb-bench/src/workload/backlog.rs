//! `backlog`: claims by one caller while very many tasks are stored, against an
//! empty store. The two stores take turns, so that neither has the better hour.

use async_trait::async_trait;
use taskdb::TaskDb;

use super::{About, Workload, streams};
use crate::bench::{Bench, Beside};
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::Crew;
use crate::load::{self, BATCH, graph};
use crate::measure::{median, millis, percentile};

pub(super) struct Backlog;

/// Tasks of one job of the backlog.
const JOB: usize = 10_000;
/// Who claims, so that what it has can be put back in one call.
const WORKER: &str = "bench";

#[async_trait(?Send)]
impl Workload for Backlog {
    fn about(&self) -> About {
        About {
            name: "backlog",
            what: "claims by one caller with n ready and n finished tasks stored, and with none",
            full: &[1_000_000],
            quick: &[1_000],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for n in bench.sizes() {
            readings.extend(measure(bench, n).await?);
        }
        Ok(readings)
    }
}

async fn measure(bench: &Bench<'_>, n: usize) -> Result<Vec<Reading>> {
    let claims = bench.of(2_000, 50);
    let (empty, full) = (bench.place.fresh().await?, bench.place.fresh().await?);
    let (empty, full) = (empty.db.as_worker(WORKER), full.db.as_worker(WORKER));
    add_ready(&empty, claims).await?;
    add_finished(&full, n).await?;
    add_ready(&full, n.max(claims)).await?;
    // The first claims of a connection prepare its statements.
    for db in [&empty, &full] {
        claim(db, claims).await?;
    }
    let mut beside = bench.beside(Kind::Call, 1);
    let (mut easy, mut hard) = (Vec::new(), Vec::new());
    for _ in 0..bench.pace.runs {
        if let Some(beside) = &mut beside {
            beside.sample().await?;
        }
        easy.push(claim(&empty, claims).await?);
        hard.push(claim(&full, claims).await?);
    }
    let limit = beside.map(Beside::bound);
    let mut readings = Vec::new();
    for (part, what) in [(0.5, "p50"), (0.99, "p99")] {
        for (runs, n) in [(&easy, 0), (&hard, n)] {
            let samples = runs.iter().map(|waits| percentile(waits, part)).collect();
            let reading = Reading::new(what, format!("n={n}"), Unit::Millis, samples);
            readings.push(reading.beside_steps(1.0, limit.as_ref()));
        }
    }
    let samples = easy.iter().zip(&hard).map(|(easy, hard)| median(easy) / median(hard)).collect();
    readings.push(Reading::new("flatness", format!("n={n} to n=0"), Unit::Ratio, samples));
    Ok(readings)
}

/// Claims so many tasks and puts them back; the milliseconds of each claim.
async fn claim(db: &TaskDb, claims: usize) -> Result<Vec<f64>> {
    let waits = streams::claims(db, claims).await?;
    let back = db.release_worker(WORKER).await?;
    ensure(waits.len() == claims && back == claims, || {
        format!("of {claims} tasks {} were claimed and {back} put back", waits.len())
    })?;
    Ok(waits.into_iter().map(millis).collect())
}

/// Adds jobs of ready tasks, so many in all.
async fn add_ready(db: &TaskDb, tasks: usize) -> Result<()> {
    let stream = load::stream(db).await?;
    for first in (0..tasks).step_by(JOB) {
        let job = load::job(db, stream).await?;
        load::fill(db, job, stream, graph::flat(JOB.min(tasks - first)), BATCH).await?;
    }
    Ok(())
}

async fn add_finished(db: &TaskDb, tasks: usize) -> Result<()> {
    add_ready(db, tasks).await?;
    let done = Crew { workers: 2, batch: BATCH }.drain(db).await?;
    ensure(done == tasks, || format!("{done} of {tasks} tasks were finished"))
}
