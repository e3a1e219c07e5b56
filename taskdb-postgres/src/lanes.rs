//! Lanes: one for each worker type, in which claims and results travel together.
//!
//! A worker hands in a result and asks for the next task, so the calls of a process meet in
//! the lane of its type. One statement, with one sync of the log, does for all results that
//! wait, and the next one for all claims. Lanes do not wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use taskdb_core::Result;
use taskdb_core::request::{RequestWork, Target, UpdateTaskDone, Work};
use uuid::Uuid;

use crate::combine::{Combiner, Turn};
use crate::error::corrupt;
use crate::ops;
use crate::session::Session;

/// The most claims and results of one statement.
const MOST: usize = 1_000;
/// For how many claims one counts that has inputs with it.
const WITH_INPUTS: usize = 125;
/// How many claims are remembered with their lanes.
const REMEMBERED: usize = 100_000;

/// A call on its way.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Claim(Arc<RequestWork>),
    Done(Arc<UpdateTaskDone>),
}

impl Turn for Call {
    /// Results and claims take turns: each of them is one short statement, while one
    /// that does both would run all of it for half as many.
    fn turn(&self) -> usize {
        match self {
            Self::Done(_) => 0,
            Self::Claim(_) => 1,
        }
    }
}

/// What a call is told.
#[derive(Debug)]
pub(crate) enum Answer {
    Claim(Work),
    Done(Dones),
}

/// The answers to results, and whether large releases have steps left.
#[derive(Debug)]
pub(crate) struct Dones {
    pub(crate) answers: Vec<Result<bool>>,
    pub(crate) unfinished: bool,
}

type Lane = Combiner<Call, Answer>;

/// The lanes of a process.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// By worker type; results whose claim nobody remembers go in that of no type.
    lanes: HashMap<Arc<str>, Lane>,
    claims: HashMap<Uuid, Arc<str>>,
}

impl Lanes {
    /// Claims work in the lane of its type.
    pub(crate) async fn claim(&self, session: &Arc<Session>, request: RequestWork) -> Result<Work> {
        let (worker_type, lane) = self.lane(&request.worker_type);
        // Inputs may be as large as many tasks.
        let least = if request.inputs.is_some() { WITH_INPUTS } else { 0 };
        let size = request.claim_ids.len().max(least);
        match travel(lane, session, Call::Claim(Arc::new(request)), size).await? {
            Answer::Claim(work) => {
                self.remember(&worker_type, &work);
                Ok(work)
            }
            Answer::Done(_) => Err(corrupt("a claim was answered as a result")),
        }
    }

    /// Hands in results, all of them by claims, in the lane they were claimed in.
    pub(crate) async fn done(
        &self,
        session: &Arc<Session>,
        request: UpdateTaskDone,
    ) -> Result<Dones> {
        let lane = self.forget(&request);
        let size = request.entries.len();
        match travel(lane, session, Call::Done(Arc::new(request)), size).await? {
            Answer::Done(dones) => Ok(dones),
            Answer::Claim(_) => Err(corrupt("a result was answered as a claim")),
        }
    }

    fn lane(&self, worker_type: &str) -> (Arc<str>, Lane) {
        let mut inner = self.lock();
        let known = inner.lanes.get_key_value(worker_type);
        let (name, lane) = match known {
            Some((name, lane)) => (Arc::clone(name), lane.clone()),
            None => (Arc::from(worker_type), Lane::default()),
        };
        inner.lanes.entry(Arc::clone(&name)).or_insert_with(|| lane.clone());
        (name, lane)
    }

    fn remember(&self, worker_type: &Arc<str>, work: &Work) {
        let mut inner = self.lock();
        // Of claims that are never closed here there may be any number.
        if inner.claims.len() + work.tasks.len() > REMEMBERED {
            inner.claims.clear();
        }
        inner.claims.extend(work.tasks.iter().map(|task| (task.claim.id, Arc::clone(worker_type))));
    }

    /// The lane of the first claim; all of them are closed now.
    fn forget(&self, request: &UpdateTaskDone) -> Lane {
        let mut found = None;
        for entry in &request.entries {
            if let Target::Claim(claim) = &entry.target {
                found = found.or(self.lock().claims.remove(&claim.id));
            }
        }
        self.lane(found.as_deref().unwrap_or_default()).1
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn travel(lane: Lane, session: &Arc<Session>, call: Call, size: usize) -> Result<Answer> {
    let session = Arc::clone(session);
    let run = move |calls| run(Arc::clone(&session), calls);
    lane.call(call, size, MOST, run).await
}

/// Runs calls that have the same turn.
async fn run(session: Arc<Session>, calls: Arc<[Call]>) -> Result<Vec<Answer>> {
    let (mut claims, mut dones) = (Vec::new(), Vec::new());
    for call in calls.iter() {
        match call {
            Call::Claim(request) => claims.push(&**request),
            Call::Done(request) => dones.push(&**request),
        }
    }
    if dones.is_empty() {
        let works = ops::request_work::run(&session, &claims).await?;
        return Ok(works.into_iter().map(Answer::Claim).collect());
    }
    let dones = ops::update_task_done::finish(&session, &dones).await?;
    Ok(dones.into_iter().map(Answer::Done).collect())
}
