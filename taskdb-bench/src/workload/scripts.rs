//! `scripts`: the longest single script of each call, as a private Redis server has
//! timed it: while it runs, everybody else waits. Other stores have no scripts.

use async_trait::async_trait;
use taskdb::{Claim, INIT_TASK, JobState, NewTask, TaskDb, TaskState};
use uuid::Uuid;

use super::{About, Workload};
use crate::bench::Bench;
use crate::error::{Result, ensure};
use crate::figure::{Reading, Unit};
use crate::load::crew::Crew;
use crate::load::{self, BATCH, CPU, graph};
use crate::measure::millis;
use crate::place::Space;
use crate::server::Server;

pub(super) struct Scripts;

/// Entries of a call.
const BATCHES: [usize; 3] = [1, 100, BATCH];
/// Calls of each size.
const CALLS: usize = 20;
/// Prerequisites of a task, with which a batch of a thousand has as many edges as a
/// call may have.
const EDGES: usize = 10;
/// Tasks of a large job that run at a time.
const RUNNING: usize = 1_000;
/// Who claims, so that what it has can be put back in one call.
const WORKER: &str = "bench";

#[async_trait(?Send)]
impl Workload for Scripts {
    fn about(&self) -> About {
        About {
            name: "scripts",
            what: "longest script on a private Redis server, by entries of a call, or tasks of a job",
            full: &[100_000],
            quick: &[1_100],
            workers: &[1],
        }
    }

    async fn run(&self, bench: &Bench<'_>) -> Result<Vec<Reading>> {
        let Some(server) = bench.place.server().filter(|server| server.private().is_some()) else {
            return Ok(Vec::new());
        };
        let run = async |space: &Space, n| {
            let mut watch = Watch { server, times: Vec::new() };
            let db = space.db.as_worker(WORKER);
            for batch in BATCHES {
                batches(&mut watch, &db, batch, bench.of(CALLS, 2)).await?;
            }
            large(&mut watch, &db, n).await?;
            Ok(watch.times)
        };
        let mut readings = Vec::new();
        for (_, runs) in bench.by_size(None, run).await?.sizes {
            for (at, (what, point, _)) in runs[0].iter().enumerate() {
                let samples = runs.iter().map(|times| times[at].2).collect();
                readings.push(Reading::new(what, point.clone(), Unit::Millis, samples));
            }
        }
        Ok(readings)
    }
}

/// Asks the server about each step.
struct Watch<'a> {
    server: &'a Server,
    /// What was done, at which sizes, and the milliseconds of its longest script.
    times: Vec<(&'static str, String, f64)>,
}

impl Watch<'_> {
    async fn step<T>(
        &mut self,
        what: &'static str,
        point: &str,
        work: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        self.server.note_slow_scripts()?;
        let done = work().await?;
        let longest = millis(self.server.longest_script()?);
        self.times.push((what, point.to_owned(), longest));
        Ok(done)
    }
}

/// Calls with `batch` entries each.
async fn batches(watch: &mut Watch<'_>, db: &TaskDb, batch: usize, calls: usize) -> Result<()> {
    let (point, n) = (format!("batch={batch}"), batch * calls);
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    let fill = async || load::fill(db, job, stream, graph::flat(n), batch).await;
    watch.step("create", &point, fill).await?;
    let tasks = watch.step("claim", &point, async || claim(db, n, batch).await).await?;
    let done = async || {
        for batch in tasks.chunks(batch) {
            let outputs = batch.iter().map(|claim| (claim.clone(), load::output()));
            for accepted in db.complete_batch(outputs).await? {
                ensure(accepted?, || "a task of a batch was not accepted".into())?;
            }
        }
        load::check_done(db, job, n).await
    };
    watch.step("done", &point, done).await?;
    edges(watch, db, stream, batch).await
}

/// Creates tasks that wait for ten others, has them released by those, and fails them.
async fn edges(watch: &mut Watch<'_>, db: &TaskDb, stream: Uuid, batch: usize) -> Result<()> {
    let (point, job) = (format!("batch={batch}"), load::job(db, stream).await?);
    load::fill(db, job, stream, graph::flat(EDGES), BATCH).await?;
    let before: Vec<_> = (1..EDGES).map(|n| format!("task-{n}")).collect();
    let after = || [INIT_TASK.to_owned()].into_iter().chain(before.clone());
    let task = |n| NewTask::new(format!("after-{n}"), stream, load::definition()).after(after());
    let create = async || Ok(db.create_tasks(&job, (0..batch).map(task)).await?);
    watch.step("create with edges", &point, create).await?;
    load::check(db, job, EDGES + batch, JobState::Running).await?;
    Crew { workers: 1, batch: 1 }.run(db, EDGES).await?;
    let claims = claim(db, batch, batch).await?;
    let fail = async || {
        let failures = claims.iter().map(|claim| (claim.clone(), "x".to_owned()));
        let accepted = db.fail_batch(failures).await?.into_iter().filter(Result::is_ok).count();
        ensure(accepted == batch, || format!("{accepted} of {batch} tasks were failed"))
    };
    watch.step("fail", &point, fail).await
}

/// Calls about a job of `n` tasks that wait for one.
async fn large(watch: &mut Watch<'_>, db: &TaskDb, n: usize) -> Result<()> {
    let point = format!("n={n}");
    let job = make(db, n).await?;
    let init = claim(db, 1, 1).await?;
    let release = async || Ok(db.complete(&init[0], &load::output()).await?);
    let accepted = watch.step("release", &point, release).await?;
    ensure(accepted, || "the task all wait for was not accepted".into())?;
    claim(db, RUNNING.min(n), BATCH).await?;
    watch.step("list", &point, async || list(db, job).await).await?;
    watch.step("cancel", &point, async || Ok(db.cancel_job(&job).await?)).await?;
    load::check(db, job, n + 1, JobState::Cancelled).await?;
    watch.step("replay", &point, async || Ok(db.retry_job(&job).await?)).await?;
    load::check(db, job, n + 1, JobState::Running).await?;
    claim(db, RUNNING.min(n), BATCH).await?;
    let put_back = async || Ok(db.release_worker(WORKER).await?);
    let back = watch.step("put back", &point, put_back).await?;
    ensure(back == RUNNING.min(n), || format!("{back} tasks were put back"))?;
    let audit = async || Ok(db.audit().await?);
    let violations = watch.step("audit", &point, audit).await?;
    ensure(violations.is_empty(), || format!("the store is not sound: {violations:?}"))?;
    watch.step("repair", &point, async || Ok(db.repair().await?)).await?;
    claim(db, RUNNING.min(n), BATCH).await?;
    watch.step("delete", &point, async || Ok(db.delete_job(&job).await?)).await?;
    let failed = make(db, n).await?;
    let fail = async || Ok(db.update_task_failed(&failed, INIT_TASK, "x").await?);
    watch.step("fail", &point, fail).await?;
    load::check(db, failed, n + 1, JobState::Failed).await
}

async fn make(db: &TaskDb, n: usize) -> Result<Uuid> {
    let stream = load::stream(db).await?;
    let job = load::job(db, stream).await?;
    load::fill(db, job, stream, graph::fan_out(n), BATCH).await?;
    Ok(job)
}

/// Claims so many tasks, `batch` at a time.
async fn claim(db: &TaskDb, tasks: usize, batch: usize) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    while claims.len() < tasks {
        let more = db.request_work_batch(CPU, batch.min(tasks - claims.len()), None).await?;
        ensure(!more.is_empty(), || format!("{} of {tasks} tasks were claimed", claims.len()))?;
        claims.extend(more.into_iter().map(|task| task.claim));
    }
    Ok(claims)
}

/// The last of the tasks in a state that few are in.
async fn list(db: &TaskDb, job: Uuid) -> Result<()> {
    let done = db.list_tasks(&job, Some(TaskState::Done), None, BATCH).await?;
    ensure(done.len() == 1, || format!("{} tasks are done", done.len()))
}
