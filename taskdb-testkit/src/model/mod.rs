//! The reference implementation of the storage seam, in memory.
//!
//! It is written to be read and believed, not to be fast: nothing is derived
//! and kept, every count, share and readiness is found by scanning, and every
//! change is made on a copy that replaces the state only when all went well. A
//! backend's bugs are in what it derives, so the model cannot share them.

mod claims;
mod create;
mod events;
mod fence;
mod finish;
mod jobs;
mod namespace;
mod portable;
mod replay;
mod rules;
mod schedules;
mod state;
mod streams;
mod tasks;
#[cfg(test)]
mod tests;
mod work;
mod workers;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use taskdb_core::request::*;
use taskdb_core::store::Gate;
use taskdb_core::wake::{CLAIM_HOLDERS, WakeHub};
use taskdb_core::{Clock, Result, Store, TaskDbErr, TaskState, Timestamp};
use uuid::Uuid;

use self::state::State;

/// One namespace in memory, gone when dropped.
///
/// ```
/// use std::sync::Arc;
/// use taskdb_core::{SystemClock, TaskDb};
/// use taskdb_testkit::model::Model;
/// let db = TaskDb::new(Model::new(Arc::new(SystemClock)));
/// ```
#[derive(Debug)]
pub struct Model {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    hub: Arc<WakeHub>,
}

impl Model {
    /// An empty namespace that takes its time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), clock, hub: WakeHub::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A change that panics has only touched its copy.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, look: impl FnOnce(&State, Timestamp) -> Result<T>) -> Result<T> {
        look(&self.lock(), self.clock.now())
    }

    /// Any mutation but claims and the gate itself.
    fn write<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> Result<T>) -> Result<T> {
        self.change(|state| state.gate != Gate::ReadOnly, change)
    }

    /// What fills a namespace: a mark lets it pass.
    fn fill<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> Result<T>) -> Result<T> {
        self.change(|state| state.gate != Gate::ReadOnly || state.mark.is_some(), change)
    }

    fn claim<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> Result<T>) -> Result<T> {
        self.change(|state| state.gate == Gate::Open, change)
    }

    fn always<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> Result<T>) -> Result<T> {
        self.change(|_| true, change)
    }

    fn change<T>(
        &self,
        allowed: fn(&State) -> bool,
        change: impl FnOnce(&mut State, Timestamp) -> Result<T>,
    ) -> Result<T> {
        let mut state = self.lock();
        if !allowed(&state) {
            return Err(TaskDbErr::Closed { gate: state.gate });
        }
        let mut next = state.clone();
        let reply = change(&mut next, self.clock.now())?;
        next.take_notes();
        let before = std::mem::replace(&mut *state, next);
        let woken = newly_claimable(&before, &state);
        let cut = claims_cut(&before, &state);
        drop(state);
        if cut {
            self.hub.notify(CLAIM_HOLDERS, 1);
        }
        for (worker_type, count) in woken {
            self.hub.notify(&worker_type, count);
        }
        Ok(reply)
    }
}

/// Whether a worker has lost its claim, or the sense of it, by what somebody else did.
fn claims_cut(before: &State, after: &State) -> bool {
    before.places(|job, t| job.tasks[t].record.claim.is_some()).into_iter().any(|(j, t)| {
        let job = &before.jobs[j];
        let now = after.jobs.iter().find(|now| now.record.job_id == job.record.job_id);
        now.is_none_or(|now| {
            now.is_stopped() && !job.is_stopped()
                || now.tasks[t].record.state == TaskState::Cancelled
        })
    })
}

/// How many tasks of each worker type can be claimed now and could not before.
fn newly_claimable(before: &State, after: &State) -> BTreeMap<String, usize> {
    let old: HashSet<_> = claimable(before).into_iter().map(|(_, task)| task).collect();
    let mut woken = BTreeMap::new();
    for (worker_type, task) in claimable(after) {
        if !old.contains(&task) {
            *woken.entry(worker_type.to_owned()).or_default() += 1;
        }
    }
    woken
}

fn claimable(state: &State) -> Vec<(&str, (Uuid, &str))> {
    let open = state.gate == Gate::Open;
    let streams = state.streams.iter().filter(|stream| open && !stream.paused);
    streams
        .flat_map(|stream| {
            state.tasks().filter_map(move |(job, task)| {
                let ready = task.effective(job) == TaskState::Ready;
                (ready && task.record.stream_id == stream.stream_id).then_some((
                    stream.worker_type.as_str(),
                    (job.record.job_id, task.record.task_id.as_str()),
                ))
            })
        })
        .collect()
}

macro_rules! verbs {
    ($($access:ident $family:ident::$verb:ident($request:ident);)*) => {
        #[async_trait]
        impl Store for Model {
            $(async fn $verb(&self, request: $request) -> Result<<$request as Request>::Reply> {
                self.$access(|state, now| $family::$verb(state, request, now))
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                &self.hub
            }
        }
    };
}

verbs! {
    write streams::create_stream(CreateStream);
    write streams::update_stream(UpdateStream);
    write streams::delete_stream(DeleteStream);
    read streams::list_streams(ListStreams);
    write jobs::create_job(CreateJob);
    write jobs::update_job(UpdateJob);
    write jobs::cancel_job(CancelJob);
    write replay::retry_job(RetryJob);
    fill jobs::delete_job(DeleteJob);
    write jobs::clear_completed_jobs(ClearCompletedJobs);
    write jobs::purge_jobs(PurgeJobs);
    read jobs::get_job(GetJob);
    read jobs::list_jobs(ListJobs);
    read jobs::get_concurrent_jobs(GetConcurrentJobs);
    write create::create_tasks(CreateTasks);
    write tasks::cancel_task(CancelTask);
    write replay::retry_task(RetryTask);
    read tasks::get_task(GetTask);
    read tasks::get_task_output(GetTaskOutput);
    read tasks::list_tasks(ListTasks);
    read tasks::get_prerequisites(GetPrerequisites);
    claim work::request_work(RequestWork);
    write finish::update_task_done(UpdateTaskDone);
    write finish::update_task_failed(UpdateTaskFailed);
    write claims::update_task_progress(UpdateTaskProgress);
    write claims::update_task_retry(UpdateTaskRetry);
    write claims::renew_claims(RenewClaims);
    write claims::release_claims(ReleaseClaims);
    write claims::release_worker(ReleaseWorker);
    read workers::list_claims(ListClaims);
    write claims::requeue_tasks(RequeueTasks);
    write workers::heartbeat_worker(HeartbeatWorker);
    read workers::list_workers(ListWorkers);
    write schedules::put_schedule(PutSchedule);
    write schedules::delete_schedule(DeleteSchedule);
    read schedules::list_schedules(ListSchedules);
    write schedules::fire_schedule(FireSchedule);
    read namespace::get_task_state_counts(GetTaskStateCounts);
    read namespace::check_stuck_pending_tasks(CheckStuckPendingTasks);
    write namespace::repair(Repair);
    read namespace::describe(Describe);
    write namespace::probe(Probe);
    always namespace::set_gate(SetGate);
    read events::list_events(ListEvents);
    write events::set_events(SetEvents);
    read portable::export(Export);
    fill portable::import(Import);
}
