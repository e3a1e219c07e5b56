//! Counts and times every call, by the facade of the crate `metrics`.

use std::time::Instant;

use async_trait::async_trait;
use metrics::{counter, histogram};

use super::intercept::{Call, Interceptor, Outcome, Reply};
use crate::claim::ClaimLostReason;
use crate::error::{Result, TaskDbErr};

/// The names of all metrics of calls with what they say; `docs/metrics.md` has the same.
pub const CALL_METRICS: &[(&str, &str)] = &[
    ("taskdb_calls_total", "calls by `verb` and `outcome`"),
    ("taskdb_call_seconds", "how long calls took, by `verb`"),
    ("taskdb_jobs_created_total", "jobs made, repeated calls included"),
    ("taskdb_tasks_created_total", "tasks added to jobs, repeated calls included"),
    ("taskdb_tasks_claimed_total", "tasks handed out, by `worker_type`"),
    ("taskdb_claims_empty_total", "requests for work that found none, by `worker_type`"),
    ("taskdb_tasks_done_total", "results accepted"),
    ("taskdb_tasks_failed_total", "failures accepted"),
    ("taskdb_tasks_retried_total", "attempts ended by workers that leave a retry"),
    ("taskdb_claims_renewed_total", "claims renewed"),
    ("taskdb_claims_lost_total", "reports refused because the claim was lost, by `reason`"),
    ("taskdb_claims_expired_total", "claims that expired and were taken away"),
    ("taskdb_jobs_purged_total", "jobs deleted by retention"),
    ("taskdb_round_trips_total", "requests to a server, by `backend`"),
];

/// Counts calls, times them, and counts what their replies say was done. Costs nothing
/// that can be measured while the program has no recorder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measure;

/// What is remembered of a call.
#[derive(Debug)]
pub struct Begun {
    verb: &'static str,
    worker_type: Option<String>,
    tasks: usize,
    at: Instant,
}

#[async_trait]
impl Interceptor for Measure {
    type Note = Begun;

    async fn before(&self, call: Call<'_>) -> Result<Begun> {
        let worker_type = match &call {
            Call::RequestWork(request) => Some(request.worker_type.clone()),
            _ => None,
        };
        let tasks = match &call {
            Call::CreateTasks(request) => request.tasks.len(),
            Call::UpdateTaskDone(request) => {
                request.entries.iter().map(|entry| entry.children.len()).sum()
            }
            _ => 0,
        };
        Ok(Begun { verb: call.verb(), worker_type, tasks, at: Instant::now() })
    }

    async fn after(&self, begun: Begun, outcome: Outcome<'_>) -> Result<()> {
        let result = match &outcome {
            Ok(_) => "ok",
            Err(error) => class(error),
        };
        counter!("taskdb_calls_total", "verb" => begun.verb, "outcome" => result).increment(1);
        histogram!("taskdb_call_seconds", "verb" => begun.verb).record(begun.at.elapsed());
        match outcome {
            Ok(reply) => count(begun, &reply),
            Err(error) => lost(error),
        }
        Ok(())
    }
}

/// How a call ended that did not succeed, for eyes on a graph.
fn class(error: &TaskDbErr) -> &'static str {
    match error.root() {
        TaskDbErr::Unavailable(_) => "unavailable",
        TaskDbErr::Unknown(_) => "unknown",
        TaskDbErr::StoreFull(_) => "full",
        TaskDbErr::Corrupt(_) | TaskDbErr::Backend(_) | TaskDbErr::Json(_) => "failed",
        _ => "refused",
    }
}

/// Counts what a reply says was done.
fn count(begun: Begun, reply: &Reply<'_>) {
    match reply {
        Reply::CreateJob(_) => counter!("taskdb_jobs_created_total").increment(1),
        Reply::FireSchedule(true) => counter!("taskdb_jobs_created_total").increment(1),
        Reply::CreateTasks(()) => created(begun.tasks),
        Reply::RequestWork(work) => claimed(begun.worker_type, work.tasks.len()),
        Reply::UpdateTaskDone(answers) => {
            counter!("taskdb_tasks_done_total").increment(accepted(answers, |yes| *yes));
            created(begun.tasks);
        }
        Reply::UpdateTaskFailed(answers) => {
            counter!("taskdb_tasks_failed_total").increment(accepted(answers, |yes| *yes));
        }
        Reply::UpdateTaskRetry(true) => counter!("taskdb_tasks_retried_total").increment(1),
        Reply::RenewClaims(answers) => {
            counter!("taskdb_claims_renewed_total").increment(accepted(answers, |_| true));
        }
        Reply::RequeueTasks(taken) => counter!("taskdb_claims_expired_total").increment(**taken),
        Reply::PurgeJobs(purged) => counter!("taskdb_jobs_purged_total").increment(**purged),
        _ => {}
    }
}

fn created(tasks: usize) {
    if tasks > 0 {
        counter!("taskdb_tasks_created_total").increment(tasks as u64);
    }
}

fn claimed(worker_type: Option<String>, tasks: usize) {
    let worker_type = worker_type.unwrap_or_default();
    if tasks == 0 {
        counter!("taskdb_claims_empty_total", "worker_type" => worker_type).increment(1);
    } else {
        let counter = counter!("taskdb_tasks_claimed_total", "worker_type" => worker_type);
        counter.increment(tasks as u64);
    }
}

/// How many answers of a batch are yes; lost claims among them are counted too.
fn accepted<T>(answers: &[Result<T>], yes: impl Fn(&T) -> bool) -> u64 {
    answers.iter().filter_map(|answer| answer.as_ref().err()).for_each(lost);
    answers.iter().flatten().filter(|answer| yes(answer)).count() as u64
}

fn lost(error: &TaskDbErr) {
    if let TaskDbErr::ClaimLost { reason, .. } = error.root() {
        let reason = match reason {
            ClaimLostReason::Requeued => "requeued",
            ClaimLostReason::Reclaimed => "reclaimed",
            ClaimLostReason::Finished => "finished",
            ClaimLostReason::Cancelled => "cancelled",
            ClaimLostReason::Deleted => "deleted",
        };
        counter!("taskdb_claims_lost_total", "reason" => reason).increment(1);
    }
}
