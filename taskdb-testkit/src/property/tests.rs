//! The harness passes what is right and catches what is wrong.

use std::sync::Arc;

use async_trait::async_trait;
use taskdb_core::layers::{Call, Interceptor, Outcome, Reply};
use taskdb_core::record::Record;
use taskdb_core::request::Target;
use taskdb_core::{ManualClock, Result, TaskDb};

use super::{Config, Counterexample, check, find};
use crate::model::Model;

#[test]
fn the_model_agrees_with_itself_and_passes_the_audit() {
    check(&Config::default(), || async {
        let clock = ManualClock::default();
        (TaskDb::new(Model::new(Arc::new(clock.clone()))), clock)
    });
}

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// A claim is as good as a name.
    NoFence,
    /// What was nearly done is nearly not begun.
    ProgressFlipped,
    /// Expired claims stay.
    NothingExpires,
    /// The answers are right, the edges are not.
    EdgeMissing,
}

/// A store as callers see it through a fault.
struct Faulty(Fault);

#[async_trait]
impl Interceptor for Faulty {
    type Note = ();

    async fn before(&self, call: Call<'_>) -> Result<()> {
        match (self.0, call) {
            (Fault::NoFence, Call::UpdateTaskDone(request)) => {
                request.entries.iter_mut().for_each(|entry| unfence(&mut entry.target));
            }
            (Fault::ProgressFlipped, Call::UpdateTaskProgress(request)) => {
                request.progress = 1.0 - request.progress;
            }
            (Fault::NothingExpires, Call::RequeueTasks(request)) => request.limit = 0,
            _ => {}
        }
        Ok(())
    }

    async fn after(&self, (): (), outcome: Outcome<'_>) -> Result<()> {
        if let (Fault::EdgeMissing, Ok(Reply::Export(page))) = (self.0, outcome) {
            page.records.iter_mut().for_each(forget_dependant);
        }
        Ok(())
    }
}

fn unfence(target: &mut Target) {
    if let Target::Claim(claim) = target {
        *target = Target::Task { job_id: claim.job_id, task_id: claim.task_id.clone() };
    }
}

fn forget_dependant(record: &mut Record) {
    if let Record::Task(task) = record
        && let Some(derived) = &mut task.derived
    {
        derived.dependants.pop();
    }
}

fn caught(fault: Fault) -> Counterexample {
    let config = Config { cases: 300, seed: Some(1), ..Config::default() };
    let found = find(&config, || async {
        let clock = ManualClock::default();
        let model = TaskDb::new(Model::new(Arc::new(clock.clone())));
        (model.intercept(Faulty(fault)), clock)
    });
    found.unwrap_or_else(|| panic!("{fault:?} was not noticed"))
}

#[test]
fn a_store_without_a_fence_is_caught_by_a_short_sequence() {
    let found = caught(Fault::NoFence);
    assert!(found.reason.contains("UpdateTaskDone"), "{found}");
    assert!(found.calls.len() <= 8, "{found}");
}

#[test]
fn progress_that_is_wrong_is_caught() {
    let found = caught(Fault::ProgressFlipped);
    assert!(found.calls.iter().any(|call| call.starts_with("Progress")), "{found}");
}

#[test]
fn claims_that_do_not_expire_are_caught() {
    let found = caught(Fault::NothingExpires);
    assert!(found.reason.contains("RequeueTasks"), "{found}");
}

#[test]
fn derived_data_that_is_wrong_is_caught_by_the_audit() {
    let found = caught(Fault::EdgeMissing);
    assert!(found.reason.contains("audit finds"), "{found}");
}
