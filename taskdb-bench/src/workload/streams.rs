//! `streams`: claims of one worker type from few and from many streams, all of which
//! have work.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use taskdb::TaskDb;
use tokio::task::JoinSet;

use super::{About, Workload, flatness, point};
use crate::bench::Bench;
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::join;
use crate::load::{self, CPU};
use crate::measure::{Work, millis, percentile, rates};
use crate::place::Space;

pub(super) struct Streams;

/// Who claims everything, so that all can be put back in one call.
const WORKER: &str = "bench";

#[async_trait(?Send)]
impl Workload for Streams {
    fn about(&self) -> About {
        About {
            name: "streams",
            what: "n streams with 20 000 jobs of one task between them, claims only",
            full: &[1, 100, 10_000],
            quick: &[1, 20],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let run = async |space: &Space, n| run(bench, space, n, workers).await;
            let runs = bench.by_size(Some((Kind::Call, workers)), run).await?;
            let mut by_size = Vec::new();
            for (n, samples) in runs.sizes {
                let (works, p99s): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
                let claims = rates(&works, 0);
                let reading =
                    Reading::new("claims", point(n, workers), Unit::Claims, claims.clone());
                readings.push(reading.beside(runs.limit.as_ref()));
                readings.push(Reading::new("p99", point(n, workers), Unit::Millis, p99s));
                by_size.push((n, claims));
            }
            readings.extend(flatness(&by_size, &format!(" workers={workers}")));
        }
        Ok(readings)
    }
}

async fn run(
    bench: &Bench<'_>,
    space: &Space,
    streams: usize,
    workers: usize,
) -> Result<([Work; 1], f64)> {
    let jobs = bench.of(20_000, 100).max(streams);
    let db = space.db.as_worker(WORKER);
    prepare(&db, streams, jobs).await?;
    let mut waits = Vec::new();
    let works = bench.pace.repeat(async || {
        let start = Instant::now();
        let claims = claim_all(&db, workers).await?;
        let work = Work::since(start, claims.len());
        waits.extend(claims.into_iter().map(millis));
        ensure(work.units == jobs, || format!("{} of {jobs} tasks were claimed", work.units))?;
        let back = db.release_worker(WORKER).await?;
        ensure(back == jobs, || format!("{back} of {jobs} tasks were put back"))?;
        Ok([work])
    });
    let works = works.await?;
    Ok((works, percentile(&waits, 0.99)))
}

/// Jobs of one task each, dealt out to the streams one after the other.
async fn prepare(db: &TaskDb, streams: usize, jobs: usize) -> Result<()> {
    let stream = async |n| Ok(db.create_stream(CPU, 0, 1.0, &format!("user-{n}")).await?);
    let ids = load::many(streams, stream).await?;
    let definition = load::definition();
    let job = async |n: usize| {
        let user = format!("user-{}", n % streams);
        Ok(db.create_job(&ids[n % streams], &definition, 3, 300, &user).await?)
    };
    load::many(jobs, job).await.map(drop)
}

/// Claims until nothing is left; returns how long each claim took.
async fn claim_all(db: &TaskDb, workers: usize) -> Result<Vec<Duration>> {
    let mut claimers = JoinSet::new();
    for _ in 0..workers {
        let db = db.clone();
        claimers.spawn(async move { claims(&db, usize::MAX).await });
    }
    Ok(join(claimers).await?.concat())
}

/// Claims up to `most` tasks one by one; returns how long each claim took.
pub(super) async fn claims(db: &TaskDb, most: usize) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    while waits.len() < most {
        let start = Instant::now();
        if db.request_work(CPU).await?.is_none() {
            break;
        }
        waits.push(start.elapsed());
    }
    Ok(waits)
}
