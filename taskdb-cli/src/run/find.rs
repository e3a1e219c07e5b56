//! Which job of a store to go on with.

use anyhow::Context;
use taskdb::{INIT_TASK, JobInfo, JobState, TaskDb};
use uuid::Uuid;

use super::engine::{Engine, USER};
use super::outcome::Error;
use super::place::Place;
use crate::graph::Graph;
use crate::plan::Step;

/// Streams read at once.
const PAGE: usize = 1_000;

/// A run in the store.
pub(super) struct Found {
    pub(super) job: JobInfo,
    /// What it began with.
    pub(super) graph: Graph,
}

/// The run that `--resume` means; none where a new one is to begin.
pub(super) async fn find(
    db: &TaskDb,
    place: &Place,
    wanted: Option<Uuid>,
    graph: &Graph,
) -> Result<Option<Found>, Error> {
    let found = match wanted {
        Some(job_id) => Some(named(db, place, job_id).await?),
        None => choose(all(db).await?, place, graph)?,
    };
    if let Some(found) = &found
        && let Some(why) = found.graph.difference(graph)
    {
        let job_id = found.job.job_id;
        return Err(Error::Refused(format!(
            "the graph is not the one that job {job_id} began with: {why}; \
             resume it with the file as it was, or start a new run without --resume"
        )));
    }
    Ok(found)
}

async fn named(db: &TaskDb, place: &Place, job_id: Uuid) -> Result<Found, Error> {
    let unknown = || Error::Refused(format!("{place} has no run {job_id}"));
    match db.get_job(&job_id).await {
        Ok(job) if job.user_id == USER => Ok(read(db, job).await?),
        Ok(_) => Err(unknown()),
        Err(error) if error.is_not_found() => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}

async fn read(db: &TaskDb, job: JobInfo) -> anyhow::Result<Found> {
    let definition = db.get_task(&job.job_id, INIT_TASK).await?.definition;
    let context = || format!("job {} holds no graph of this release", job.job_id);
    match definition.parse().with_context(context)? {
        Step::Start { graph } => Ok(Found { job, graph: *graph }),
        _ => Err(anyhow::anyhow!(context())),
    }
}

/// The runs of a store, oldest first: each that is not done has a stream for its planner.
async fn all(db: &TaskDb) -> anyhow::Result<Vec<Found>> {
    let (mut runs, mut after) = (Vec::new(), None);
    loop {
        let streams = db.list_streams(after, PAGE).await?;
        for stream in streams.iter().filter(|stream| stream.user_id == USER) {
            let Some(job_id) = Engine::planner_of(&stream.worker_type) else { continue };
            match db.get_job(&job_id).await {
                Ok(job) => runs.push(read(db, job).await?),
                // Ended before it was created, or deleted since.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        match streams.last() {
            Some(last) if streams.len() == PAGE => after = Some(last.age),
            _ => return Ok(runs),
        }
    }
}

fn choose(runs: Vec<Found>, place: &Place, graph: &Graph) -> Result<Option<Found>, Error> {
    let (done, mut left): (Vec<Found>, Vec<Found>) =
        runs.into_iter().partition(|run| run.job.state == JobState::Done);
    if left.is_empty() && place.is_own() {
        left = done;
    }
    if left.len() > 1 {
        let fits = |run: &Found| run.graph.difference(graph).is_none();
        match left.iter().filter(|run| fits(run)).count() {
            1 => left.retain(fits),
            _ => return Err(several(&left, place)),
        }
    }
    if left.is_empty() && !place.is_own() {
        return Err(Error::Refused(format!(
            "{place} has no unfinished run: leave out --resume to start one, \
             or name one that is done to see its result again"
        )));
    }
    Ok(left.pop())
}

fn several(runs: &[Found], place: &Place) -> Error {
    let lines: Vec<String> = runs
        .iter()
        .map(|Found { job, graph }| {
            let (first, more) = (&graph.order[0], graph.order.len() - 1);
            let state = job.state.to_string().to_lowercase();
            format!("\n  --resume={}  {state}, task `{first}` and {more} more", job.job_id)
        })
        .collect();
    Error::Refused(format!("{place} has several runs; say which:{}", lines.concat()))
}
