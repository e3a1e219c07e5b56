//! What the worker of a run does, told to the user: only what the engine has accepted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::anyhow;
use taskdb::TaskDbErr;
use taskdb::worker::{Ended, Hooks, Request};
use uuid::Uuid;

use super::attempt::{self, Failure};
use super::shared::Shared;
use crate::plan::PLANNER;
use crate::report::{Event, Seconds};

/// What handlers know and the engine does not need to, by claim.
#[derive(Default)]
pub(super) struct Notes(Mutex<HashMap<Uuid, Note>>);

/// What is told when the engine has accepted the end of an attempt.
pub(super) enum Note {
    /// A step of the planner creates so many commands.
    Commands(usize),
    /// A command has failed.
    Failure(Failure),
}

impl Notes {
    pub(super) fn put(&self, claim: Uuid, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(claim, note);
    }

    fn take(&self, claim: Uuid) -> Option<Note> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&claim)
    }

    /// Why an attempt failed; what the worker itself says where the command did not.
    fn failure(&self, claim: Uuid, error: &str) -> Failure {
        match self.take(claim) {
            Some(Note::Failure(failure)) => failure,
            _ => Failure::new(error),
        }
    }
}

/// The hooks of a run.
pub(super) struct Told(pub(super) Arc<Shared>);

impl Told {
    fn of_planner(&self, request: &Request) -> bool {
        request.worker_type() == self.0.engine.worker_type(PLANNER)
    }

    fn planner(&self, request: &Request, how: &Ended) {
        let (shared, task) = (&self.0, request.task());
        let note = shared.notes.take(task.claim.id);
        match how {
            Ended::Done => {
                if let Some(Note::Commands(commands @ 1..)) = note {
                    shared.report.tell(&Event::Created { commands: commands as u64 });
                }
            }
            Ended::Retried { error, .. } | Ended::Failed { error } => {
                shared.fail(Err(anyhow!("task `{}`: {error}", task.task_id)));
            }
            // Whoever has the claim now creates the same, or the job has ended.
            _ => {}
        }
    }

    fn command(&self, request: &Request, how: &Ended, took: Duration) {
        let (shared, task) = (&self.0, request.task());
        let of = attempt::attempt(task);
        match how {
            Ended::Done => shared.report.tell(&Event::Done { of, seconds: Seconds(took) }),
            Ended::Retried { error, pause } => {
                let Failure { reason, stderr } = shared.notes.failure(task.claim.id, error);
                let (reason, stderr, delay) = (&reason, &stderr, Seconds(*pause));
                shared.report.tell(&Event::Retry { of, reason, stderr, delay });
            }
            Ended::Failed { error } => {
                let Failure { reason, stderr } = shared.notes.failure(task.claim.id, error);
                shared.report.tell(&Event::Fail { of, reason: &reason, stderr: &stderr });
                shared.fail(Ok(error.clone()));
            }
            _ => {
                drop(shared.notes.take(task.claim.id));
                shared.report.tell(&Event::Stop { of });
            }
        }
    }
}

impl Hooks for Told {
    fn started(&self, request: &Request) {
        if !self.of_planner(request) {
            self.0.report.tell(&Event::Start { of: attempt::attempt(request.task()) });
        }
    }

    fn ended(&self, request: &Request, how: &Ended, took: Duration) {
        if self.of_planner(request) {
            self.planner(request, how);
        } else {
            self.command(request, how, took);
        }
        self.0.settled();
    }

    fn no_work(&self, _: &str, error: &TaskDbErr) {
        // A store that is away may come back; whoever runs a graph at a closed gate
        // wants to hear of it.
        if let TaskDbErr::Closed { .. } = error.root() {
            self.0.fail(Err(anyhow!("cannot take work: {error}")));
        }
    }
}
