//! Whether a store that has come to rest agrees with a history. It looks at what is stored,
//! call by call; the invariants of the store itself are for the audit.

use std::collections::{HashMap, HashSet};

use taskdb_core::{Claim, JobState, TaskDb, TaskDbErr};
use uuid::Uuid;

use super::crew::DRAINED;
use super::{Event, History, Outcome, What};

/// A task by its job and name.
type Task<'a> = (Uuid, &'a str);

impl History {
    /// What the store and the history disagree on, in words; empty when all is well.
    ///
    /// # Panics
    ///
    /// When a read fails.
    pub async fn violations(&self, db: &TaskDb) -> Vec<String> {
        let events = self.events();
        let mut found = handed_out(&events);
        for event in &events {
            let wrong = match &event.what {
                What::Create(job) => created(db, job, event.outcome).await,
                What::Claim(_) => None,
                What::Done(claim, output, child) => {
                    done(db, claim, output, child.as_deref(), event.outcome).await
                }
                What::Fail(claim) => failed(db, claim, event.outcome).await,
            };
            found.extend(wrong.map(|wrong| format!("{wrong}: {event:?}")));
        }
        found.extend(unexplained(db, &events).await);
        found
    }
}

fn task(claim: &Claim) -> Task<'_> {
    (claim.job_id, &claim.task_id)
}

/// No attempt is handed out twice, and nothing that is known to be done.
fn handed_out(events: &[Event]) -> Vec<String> {
    let (mut attempts, mut ended, mut found) = (HashSet::new(), HashMap::new(), Vec::new());
    for event in events.iter().filter(|event| event.outcome == Outcome::Accepted) {
        if let What::Done(claim, ..) | What::Fail(claim) = &event.what
            && let Some(earlier) = ended.insert(task(claim), event.ended)
        {
            found.push(format!("ended twice, also at {earlier}: {event:?}"));
        }
    }
    for event in events {
        let What::Claim(claim) = &event.what else { continue };
        if !attempts.insert((task(claim), claim.attempt)) {
            found.push(format!("handed out twice: {event:?}"));
        }
        if ended.get(&task(claim)).is_some_and(|end| *end < event.begun) {
            found.push(format!("handed out after its end: {event:?}"));
        }
    }
    found
}

async fn created(db: &TaskDb, job: &Uuid, outcome: Outcome) -> Option<&'static str> {
    match (outcome, exists(db.get_job(job).await)) {
        (Outcome::Accepted, false) => Some("an acknowledged job is missing"),
        (Outcome::Refused, true) => Some("a refused job is there"),
        _ => None,
    }
}

async fn done(
    db: &TaskDb,
    claim: &Claim,
    output: &str,
    child: Option<&str>,
    outcome: Outcome,
) -> Option<&'static str> {
    let stored = stored(db, task(claim)).await.as_deref() == Some(output);
    let child_is_there = match child {
        Some(child) => exists(db.get_task(&claim.job_id, child).await),
        None => stored,
    };
    match (outcome, stored, child_is_there) {
        (Outcome::Accepted, false, _) => Some("an acknowledged output is missing"),
        (Outcome::Refused, true, _) => Some("a refused output is stored"),
        (_, true, false) => Some("an output is stored without the child"),
        (_, false, true) => Some("a child is there without the output"),
        _ => None,
    }
}

async fn failed(db: &TaskDb, claim: &Claim, outcome: Outcome) -> Option<&'static str> {
    let state = db.get_job(&claim.job_id).await.ok().map(|job| job.state);
    let lost = outcome == Outcome::Accepted && state != Some(JobState::Failed);
    lost.then_some("an acknowledged failure is missing")
}

/// Outputs that nobody has reported, of the tasks that somebody has claimed.
async fn unexplained(db: &TaskDb, events: &[Event]) -> Vec<String> {
    let (mut tasks, mut outputs) = (HashSet::new(), HashSet::from([DRAINED]));
    for event in events {
        match &event.what {
            What::Claim(claim) => drop(tasks.insert(task(claim))),
            What::Done(_, output, _) => drop(outputs.insert(output.as_str())),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for task in tasks {
        if let Some(output) = stored(db, task).await.filter(|o| !outputs.contains(o.as_str())) {
            found.push(format!("nobody has reported `{output}` of {task:?}"));
        }
    }
    found
}

/// The output of a task that is done.
async fn stored(db: &TaskDb, (job, task): Task<'_>) -> Option<String> {
    match db.get_task_output(&job, task).await {
        Ok(output) => Some(output),
        Err(error) => {
            assert!(error.is_not_found(), "{error}");
            None
        }
    }
}

fn exists<T>(answer: Result<T, TaskDbErr>) -> bool {
    match answer {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_not_found(), "{error}");
            false
        }
    }
}
