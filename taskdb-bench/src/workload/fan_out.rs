//! `fan-out`: one task that many wait for; the same when it fails, when its job is
//! cancelled and when it is deleted, and what others wait for meanwhile.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use taskdb::{INIT_TASK, JobState, TaskDb};
use uuid::Uuid;

use super::{About, Workload, point};
use crate::bench::Bench;
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::limit::Kind;
use crate::load::crew::Crew;
use crate::load::probe::Probe;
use crate::load::{self, BATCH, CPU, graph};
use crate::measure::{Work, millis, rates};
use crate::place::Space;

pub(super) struct FanOut;

/// Times of a run: to finish the one task, to fail it, to cancel and to delete the
/// job, and the longest wait of another call.
const TIMES: [&str; 5] = ["release", "fail", "cancel", "delete", "stall"];

#[async_trait(?Send)]
impl Workload for FanOut {
    fn about(&self) -> About {
        About {
            name: "fan-out",
            what: "n tasks that wait for one, run 100 a call; its fail, cancel and delete",
            full: &[9_999, 100_000],
            quick: &[200],
            workers: &[8],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let mut readings = Vec::new();
        for workers in bench.workers() {
            let crew = Crew { workers, batch: 100 };
            let run = async |space: &Space, n| run(bench, space, n, crew).await;
            let runs = bench.by_size(Some((Kind::Bulk, workers)), run).await?;
            for (n, samples) in runs.sizes {
                let (works, times): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
                let samples = rates(&works, 0);
                let reading = Reading::new("run", point(n, workers), Unit::Tasks, samples);
                readings.push(reading.beside(runs.limit.as_ref()));
                readings.extend(TIMES.into_iter().enumerate().map(|(i, what)| {
                    let samples = times.iter().map(|times| times[i]).collect();
                    Reading::new(what, point(n, workers), Unit::Millis, samples)
                }));
            }
        }
        Ok(readings)
    }
}

async fn run(
    bench: &Bench<'_>,
    space: &Space,
    n: usize,
    crew: Crew,
) -> Result<([Work; 1], [f64; 5])> {
    let db = &space.db;
    let (mut release, mut stall) = (Duration::ZERO, Duration::ZERO);
    let works = bench.pace.repeat(async || {
        let job = make(db, n).await?;
        let (work, took, longest) = finish(db, job, n, crew).await?;
        release = release.max(took);
        stall = stall.max(longest);
        Ok([work])
    });
    let works = works.await?;
    let probe = Probe::start(db);
    let failed = make(db, n).await?;
    let fail = timed(async || Ok(db.update_task_failed(&failed, INIT_TASK, "x").await?)).await?;
    load::check(db, failed, n + 1, JobState::Failed).await?;
    let cancelled = make(db, n).await?;
    let cancel = timed(async || Ok(db.cancel_job(&cancelled).await?)).await?;
    load::check(db, cancelled, n + 1, JobState::Cancelled).await?;
    let delete = timed(async || Ok(db.delete_job(&cancelled).await?)).await?;
    let gone = db.get_job(&cancelled).await.is_err_and(|error| error.is_not_found());
    ensure(gone, || "a deleted job can still be read".into())?;
    let stall = stall.max(probe.longest().await?);
    Ok((works, [release, fail, cancel, delete, stall].map(millis)))
}

/// A job with `n` tasks that wait for `init`.
async fn make(db: &TaskDb, n: usize) -> Result<Uuid> {
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    load::fill(db, job, stream, graph::fan_out(n), BATCH).await?;
    Ok(job)
}

/// Runs the job: all of it, the completion of `init`, the longest wait of others.
async fn finish(
    db: &TaskDb,
    job: Uuid,
    n: usize,
    crew: Crew,
) -> Result<(Work, Duration, Duration)> {
    let probe = Probe::start(db);
    let start = Instant::now();
    let init = db.request_work(CPU).await?;
    let claimed = init.filter(|task| task.task_id == INIT_TASK && task.job_id == job);
    ensure(claimed.is_some(), || "the first claim is not of the task all wait for".into())?;
    let mut release = Duration::ZERO;
    if let Some(init) = claimed {
        release = timed(async || Ok(db.complete(&init.claim, &load::output()).await?)).await?;
    }
    crew.run(db, n).await?;
    let work = Work::since(start, n + 1);
    let longest = probe.longest().await?;
    load::check_done(db, job, n + 1).await?;
    Ok((work, release, longest))
}

async fn timed<T>(call: impl AsyncFnOnce() -> Result<T>) -> Result<Duration> {
    let start = Instant::now();
    call().await?;
    Ok(start.elapsed())
}
