//! Whether a store that has come to rest agrees with a history. It looks at what is stored,
//! call by call; the invariants of the store itself are for the audit.

use std::collections::{HashMap, HashSet};

use taskdb_core::{Claim, JobState, Result, TaskDb, TaskState};
use uuid::Uuid;

use super::drain::DRAINED;
use super::times::{Task, handed_out, taken_early, task};
use super::{Event, History, Outcome, What};

/// The most tasks that a job of a crew has.
const TASKS: usize = 1_000;

impl History {
    /// What the store and the history disagree on, in words; empty when all is well.
    ///
    /// `one_clock` says that the store took its time from this machine and that it never
    /// stepped: then claims are held against the time they were given for.
    ///
    /// # Panics
    ///
    /// When a read fails.
    pub async fn violations(&self, db: &TaskDb, one_clock: bool) -> Vec<String> {
        let events = self.binding();
        let mut found = handed_out(&events);
        if one_clock {
            found.extend(taken_early(&events));
        }
        let stored = Stored::read(db, &events).await;
        for event in &events {
            let wrong = match &event.what {
                What::Create(job) => stored.created(job, event.outcome),
                What::Add(job, name) => stored.added(job, name, event.outcome),
                What::Claim(claim, _) => stored.claimed(claim, event.outcome),
                What::Done(claim, output, children) => {
                    stored.done(claim, output, children, event.outcome)
                }
                What::Fail(claim) => stored.failed(claim, event.outcome),
                What::Back(_) | What::Renew(_) => None,
            };
            found.extend(wrong.map(|wrong| format!("{wrong}: {event:?}")));
        }
        found.extend(stored.unexplained(&events));
        found
    }
}

/// What there is of the jobs of a history.
struct Stored {
    jobs: HashMap<Uuid, JobState>,
    tasks: HashMap<Uuid, HashMap<String, (TaskState, u64)>>,
    outputs: HashMap<(Uuid, String), String>,
}

impl Stored {
    async fn read(db: &TaskDb, events: &[Event]) -> Self {
        let mut stored =
            Self { jobs: HashMap::new(), tasks: HashMap::new(), outputs: HashMap::new() };
        let ids: HashSet<_> = events.iter().map(Event::job).collect();
        for id in ids {
            let Some(job) = found(db.get_job(&id).await) else { continue };
            stored.jobs.insert(id, job.state);
            let tasks = db.list_tasks(&id, None, None, TASKS).await.expect("tasks of a job");
            for task in &tasks {
                if task.state == TaskState::Done {
                    let output = db.get_task_output(&id, &task.task_id).await;
                    let output: String = output.expect("what is done has an output");
                    stored.outputs.insert((id, task.task_id.clone()), output);
                }
            }
            let tasks = tasks.into_iter().map(|t| (t.task_id, (t.state, t.attempt)));
            stored.tasks.insert(id, tasks.collect());
        }
        stored
    }

    fn task(&self, job: &Uuid, name: &str) -> Option<(TaskState, u64)> {
        self.tasks.get(job)?.get(name).copied()
    }

    fn output(&self, (job, name): Task<'_>) -> Option<&str> {
        self.outputs.get(&(job, name.to_owned())).map(String::as_str)
    }

    fn created(&self, job: &Uuid, outcome: Outcome) -> Option<&'static str> {
        match (outcome, self.jobs.get(job)) {
            (Outcome::Accepted, None) => Some("an acknowledged job is missing"),
            (outcome, Some(_)) if outcome.is_no() => Some("a refused job is there"),
            (_, Some(JobState::Running)) => Some("a job has not come to an end"),
            _ => None,
        }
    }

    fn added(&self, job: &Uuid, name: &str, outcome: Outcome) -> Option<&'static str> {
        match (outcome, self.task(job, name)) {
            (Outcome::Accepted, None) => Some("an acknowledged task is missing"),
            (outcome, Some(_)) if outcome.is_no() => Some("a refused task is there"),
            _ => None,
        }
    }

    fn claimed(&self, claim: &Claim, outcome: Outcome) -> Option<&'static str> {
        if outcome != Outcome::Accepted {
            return None;
        }
        match self.task(&claim.job_id, &claim.task_id) {
            None => Some("a task that was handed out is missing"),
            Some((_, attempt)) if attempt < claim.attempt => Some("an attempt was forgotten"),
            Some(_) => None,
        }
    }

    fn done(
        &self,
        claim: &Claim,
        output: &str,
        children: &[String],
        outcome: Outcome,
    ) -> Option<&'static str> {
        let stored = self.output(task(claim)) == Some(output);
        let there = children.iter().filter(|child| self.task(&claim.job_id, child).is_some());
        match (outcome, stored, there.count()) {
            (Outcome::Accepted, false, _) => Some("an acknowledged output is missing"),
            (outcome, true, _) if outcome.is_no() => Some("a refused output is stored"),
            (_, true, some) if some < children.len() => Some("an output came without a child"),
            (_, false, 1..) => Some("a child came without the output"),
            _ => None,
        }
    }

    fn failed(&self, claim: &Claim, outcome: Outcome) -> Option<&'static str> {
        let state = self.jobs.get(&claim.job_id);
        let lost = outcome == Outcome::Accepted && state != Some(&JobState::Failed);
        lost.then_some("an acknowledged failure is missing")
    }

    /// Outputs that nobody has reported, of the tasks that somebody has claimed.
    fn unexplained(&self, events: &[Event]) -> Vec<String> {
        let (mut tasks, mut known) = (HashSet::new(), HashSet::from([DRAINED]));
        for event in events {
            match &event.what {
                What::Claim(claim, _) => drop(tasks.insert(task(claim))),
                What::Done(_, output, _) => drop(known.insert(output.as_str())),
                _ => {}
            }
        }
        let odd = |task: &Task<'_>| self.output(*task).filter(|output| !known.contains(output));
        let odd = tasks.iter().filter_map(|task| Some((task, odd(task)?)));
        odd.map(|(task, output)| format!("nobody has reported `{output}` of {task:?}")).collect()
    }
}

impl Event {
    fn job(&self) -> Uuid {
        match &self.what {
            What::Create(job) | What::Add(job, _) => *job,
            What::Claim(claim, _) | What::Done(claim, ..) => claim.job_id,
            What::Fail(claim) | What::Back(claim) | What::Renew(claim) => claim.job_id,
        }
    }
}

/// What a read has found.
fn found<T>(answer: Result<T>) -> Option<T> {
    match answer {
        Ok(found) => Some(found),
        Err(error) => {
            assert!(error.is_not_found(), "{error}");
            None
        }
    }
}
