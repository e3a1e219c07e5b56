//! The harness passes what is right and catches what is wrong.

use std::sync::Arc;

use async_trait::async_trait;
use taskdb_core::record::{Page, Record};
use taskdb_core::request::*;
use taskdb_core::wake::WakeHub;
use taskdb_core::{ManualClock, Result, Store, TaskDb};

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

struct Faulty {
    inner: Model,
    fault: Fault,
}

macro_rules! delegate {
    ($($verb:ident => $request:ident,)*) => {
        #[async_trait]
        impl Store for Faulty {
            $(async fn $verb(&self, request: $request) -> Result<<$request as Request>::Reply> {
                self.inner.$verb(request).await
            })*

            async fn update_task_done(&self, mut request: UpdateTaskDone) -> Result<Vec<Result<bool>>> {
                for entry in &mut request.entries {
                    if let (Fault::NoFence, Target::Claim(claim)) = (self.fault, &entry.target) {
                        let (job_id, task_id) = (claim.job_id, claim.task_id.clone());
                        entry.target = Target::Task { job_id, task_id };
                    }
                }
                self.inner.update_task_done(request).await
            }

            async fn update_task_progress(&self, mut request: UpdateTaskProgress) -> Result<bool> {
                if self.fault == Fault::ProgressFlipped {
                    request.progress = 1.0 - request.progress;
                }
                self.inner.update_task_progress(request).await
            }

            async fn requeue_tasks(&self, mut request: RequeueTasks) -> Result<u64> {
                if self.fault == Fault::NothingExpires {
                    request.limit = 0;
                }
                self.inner.requeue_tasks(request).await
            }

            async fn export(&self, request: Export) -> Result<Page> {
                let mut page = self.inner.export(request).await?;
                for record in &mut page.records {
                    if let (Fault::EdgeMissing, Record::Task(task)) = (self.fault, record)
                        && let Some(derived) = &mut task.derived
                    {
                        derived.dependants.pop();
                    }
                }
                Ok(page)
            }

            fn wake_hub(&self) -> &Arc<WakeHub> {
                self.inner.wake_hub()
            }
        }
    };
}
delegate! {
    update_job => UpdateJob,
    purge_jobs => PurgeJobs,
    get_prerequisites => GetPrerequisites,
    list_claims => ListClaims,
    heartbeat_worker => HeartbeatWorker,
    list_workers => ListWorkers,
    put_schedule => PutSchedule,
    delete_schedule => DeleteSchedule,
    list_schedules => ListSchedules,
    fire_schedule => FireSchedule,
    probe => Probe,
    create_stream => CreateStream,
    update_stream => UpdateStream,
    delete_stream => DeleteStream,
    list_streams => ListStreams,
    create_job => CreateJob,
    cancel_job => CancelJob,
    retry_job => RetryJob,
    delete_job => DeleteJob,
    clear_completed_jobs => ClearCompletedJobs,
    get_job => GetJob,
    list_jobs => ListJobs,
    get_concurrent_jobs => GetConcurrentJobs,
    create_tasks => CreateTasks,
    cancel_task => CancelTask,
    retry_task => RetryTask,
    get_task => GetTask,
    get_task_output => GetTaskOutput,
    list_tasks => ListTasks,
    request_work => RequestWork,
    update_task_failed => UpdateTaskFailed,
    update_task_retry => UpdateTaskRetry,
    renew_claims => RenewClaims,
    release_claims => ReleaseClaims,
    release_worker => ReleaseWorker,
    get_task_state_counts => GetTaskStateCounts,
    check_stuck_pending_tasks => CheckStuckPendingTasks,
    repair => Repair,
    describe => Describe,
    set_gate => SetGate,
    list_events => ListEvents,
    set_events => SetEvents,
    import => Import,
}

fn caught(fault: Fault) -> Counterexample {
    let config = Config { cases: 300, seed: Some(1), ..Config::default() };
    let found = find(&config, || async {
        let clock = ManualClock::default();
        (TaskDb::new(Faulty { inner: Model::new(Arc::new(clock.clone())), fault }), clock)
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
