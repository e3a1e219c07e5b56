//! The beginning of a run: a new job, or one that an earlier run has left.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use taskdb::{JobState, TaskDb, TaskDbErr, TaskState};
use tempfile::TempDir;
use uuid::Uuid;

use super::args::RunArgs;
use super::engine::Engine;
use super::find::{Found, find};
use super::logs::Logs;
use super::outcome::Error;
use super::place::Place;
use super::record::Records;
use super::shared::{Shared, insist};
use crate::graph::Graph;
use crate::plan::Step;
use crate::report::{Event, Report};
use crate::watch::Traces;

/// Tasks read at once.
const PAGE: usize = 1_000;

/// A run that is about to work.
pub(super) struct Begun {
    pub(super) shared: Shared,
    /// Whether there is work; else the result is there already.
    pub(super) work: bool,
    /// Holds a temporary store.
    pub(super) folder: Option<TempDir>,
}

/// Opens the store, and creates the job or takes it over.
pub(super) async fn begin(
    args: &RunArgs,
    place: &Place,
    graph: Graph,
    report: Arc<Report>,
) -> Result<Begun, Error> {
    let logs = args.logs.as_deref().map(Logs::new).transpose()?;
    let (db, folder) = place.open().await?;
    let (db, traces) = Traces::around(db, &args.traces);
    let jobs = workers(args.jobs, &graph);
    let found = match args.resume {
        Some(wanted) => find(&db, place, wanted, &graph).await?,
        None => None,
    };
    let base = place.base.as_deref();
    let (mut shared, work) = match (found, base) {
        (Some(found), Some(base)) => resume(&db, base, found, report, jobs).await?,
        _ => start(&db, place, graph, report, jobs).await?,
    };
    (shared.logs, shared.traces) = (logs, traces);
    Ok(Begun { shared, work, folder })
}

/// What the command line says, else what the file says, else one for each core.
fn workers(asked: Option<i64>, graph: &Graph) -> usize {
    let asked = asked.and_then(|jobs| usize::try_from(jobs).ok()).or(graph.jobs);
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// Creates the job; its records are there before it is.
async fn start(
    db: &TaskDb,
    place: &Place,
    graph: Graph,
    report: Arc<Report>,
    jobs: usize,
) -> Result<(Shared, bool), Error> {
    let job = Uuid::now_v7();
    let records = match &place.base {
        Some(base) => Some(Records::open(base, job).await?),
        None => None,
    };
    let engine = Engine::new(db, job, &graph).await?;
    if let Some(records) = &records {
        records.add_worker(engine.db.worker_id())?;
    }
    if !engine.create(&graph, place.is_own()).await? {
        engine.tidy().await;
        records.into_iter().for_each(Records::remove);
        let why = format!("{place}: another process has begun a run in it just now");
        return Err(Error::Refused(why));
    }
    let kept = records.is_some();
    report.tell(&Event::Run { job, kept, resumed: false, commands: 0, done: 0, ended: 0 });
    let mut shared = Shared::new(engine, graph, report, jobs);
    shared.records = records;
    Ok((shared, true))
}

/// Takes a job over: nothing of the earlier run is left running, and it holds no claim.
async fn resume(
    db: &TaskDb,
    base: &Path,
    found: Found,
    report: Arc<Report>,
    jobs: usize,
) -> Result<(Shared, bool), Error> {
    let Found { job: info, graph } = found;
    let job = info.job_id;
    if info.state == JobState::Done {
        return Ok((Shared::new(Engine::reader(db, job), graph, report, jobs), false));
    }
    let records = Records::open(base, job).await?;
    // It may have ended while this waited for the lock.
    if db.get_job(&job).await?.state == JobState::Done {
        records.remove();
        return Ok((Shared::new(Engine::reader(db, job), graph, report, jobs), false));
    }
    let ended = records.end_commands(None).await?;
    let engine = Engine::new(db, job, &graph).await?;
    let earlier = records.workers()?;
    for worker in &earlier {
        insist(|| engine.db.release_worker(worker)).await?;
    }
    let (commands, done) = survey(&engine, &earlier, base).await?;
    records.add_worker(engine.db.worker_id())?;
    replay(&engine).await?;
    report.tell(&Event::Run { job, kept: true, resumed: true, commands, done, ended });
    let mut shared = Shared::new(engine, graph, report, jobs);
    (shared.records, shared.earlier) = (Some(records), earlier);
    Ok((shared, true))
}

/// Counts the commands, and those that are done. Claims that nobody here knows of are
/// put back if they have expired; else the run is alive on another machine.
async fn survey(engine: &Engine, earlier: &[String], base: &Path) -> Result<(u64, u64), Error> {
    let now = engine.db.describe().await?.now;
    let (mut commands, mut done, mut after) = (0, 0, None);
    loop {
        let tasks = engine.db.list_tasks(&engine.job_id, None, after, PAGE).await?;
        for task in &tasks {
            let step = task.definition.parse().context("unknown step")?;
            if matches!(step, Step::Run { .. }) {
                commands += 1;
                done += u64::from(task.state == TaskState::Done);
            }
            let holder = task.worker_id.as_deref().filter(|_| task.state == TaskState::Running);
            let Some(holder) = holder else { continue };
            let alive = task.deadline.is_some_and(|deadline| deadline > now);
            if alive && !earlier.iter().any(|worker| worker == holder) {
                return Err(elsewhere(&task.task_id, holder, base));
            }
            insist(|| engine.db.release_worker(holder)).await?;
        }
        match tasks.last() {
            Some(last) if tasks.len() == PAGE => after = Some(last.age),
            _ => return Ok((commands, done)),
        }
    }
}

fn elsewhere(task: &str, holder: &str, base: &Path) -> Error {
    Error::Refused(format!(
        "task `{task}` is held by worker {holder}, of whom {} knows nothing: resume the run where \
         it ran, or wait half a minute if that machine is gone",
        base.display()
    ))
}

/// Puts a stopped job back to work.
async fn replay(engine: &Engine) -> Result<(), TaskDbErr> {
    let state = insist(|| engine.db.get_job(&engine.job_id)).await?.state;
    if matches!(state, JobState::Running | JobState::Done) {
        return Ok(());
    }
    match insist(|| engine.db.retry_job(&engine.job_id)).await {
        // An earlier try had an effect, although its answer was lost.
        Err(error) if matches!(error.root(), TaskDbErr::InvalidState { .. }) => Ok(()),
        other => other,
    }
}
