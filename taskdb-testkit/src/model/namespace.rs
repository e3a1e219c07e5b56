//! The namespace as a whole: counts, defects, repair, gate.

use std::collections::BTreeMap;

use taskdb_core::request::{
    CheckStuckPendingTasks, Describe, GetTaskStateCounts, Probe, Repair, SetGate,
};
use taskdb_core::store::{RepairReport, StoreInfo, StoreSize};
use taskdb_core::{Result, StuckTaskInfo, TaskState, TaskStateCount, Timestamp};
use uuid::Uuid;

use super::state::{Job, State};

pub(super) fn get_task_state_counts(
    state: &State,
    _: GetTaskStateCounts,
    _: Timestamp,
) -> Result<Vec<TaskStateCount>> {
    let mut counts = BTreeMap::new();
    for (job, task) in state.tasks() {
        let worker_type = worker_type(state, &task.record.stream_id);
        let lane = (worker_type, job.record.priority, task.effective(job).name());
        *counts.entry(lane).or_insert(0) += 1;
    }
    let named = |((worker_type, priority, state), count): ((String, _, &str), u64)| {
        TaskStateCount { worker_type, priority, state: state.to_owned(), count }
    };
    Ok(counts.into_iter().map(named).collect())
}

fn worker_type(state: &State, stream_id: &Uuid) -> String {
    let stream = state.streams.iter().find(|stream| stream.stream_id == *stream_id);
    stream.map(|stream| stream.worker_type.clone()).unwrap_or_default()
}

/// Pending in a running job although nothing holds it back.
fn is_stuck(job: &Job, t: usize) -> bool {
    let task = &job.tasks[t];
    task.effective(job) == TaskState::Pending
        && task.record.start_at.is_none()
        && job.unsettled(t).is_empty()
}

pub(super) fn check_stuck_pending_tasks(
    state: &State,
    _: CheckStuckPendingTasks,
    _: Timestamp,
) -> Result<Vec<StuckTaskInfo>> {
    let describe = |(j, t): (usize, usize)| {
        let task = &state.jobs[j].tasks[t].record;
        let deps = i32::try_from(task.prerequisites.len()).unwrap_or(i32::MAX);
        StuckTaskInfo {
            job_id: task.job_id,
            task_id: task.task_id.clone(),
            worker_type: worker_type(state, &task.stream_id),
            waiting_on: 0,
            actual_deps: deps,
            completed_deps: deps,
            should_be_ready: true,
        }
    };
    Ok(state.places(is_stuck).into_iter().map(describe).collect())
}

/// Mends what an import of damaged records has brought; nothing else can be wrong.
pub(super) fn repair(state: &mut State, _: Repair, clock: Timestamp) -> Result<RepairReport> {
    let mut report = RepairReport::default();
    for (j, t) in state.places(is_stuck) {
        state.jobs[j].ready_if_free(t, clock);
        report.tasks_readied += 1;
    }
    for job in &mut state.jobs {
        let before = job.record.state;
        job.end(clock);
        report.jobs_mended += u64::from(job.record.state != before);
    }
    Ok(report)
}

pub(super) fn describe(state: &State, _: Describe, clock: Timestamp) -> Result<StoreInfo> {
    Ok(StoreInfo {
        backend: "model",
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: 1,
        min_reader: 1,
        gate: state.gate,
        mark: state.mark.clone(),
        events: state.log.policy,
        now: clock,
        size: StoreSize::default(),
    })
}

pub(super) fn probe(_: &mut State, _: Probe, _: Timestamp) -> Result<()> {
    Ok(())
}

pub(super) fn set_gate(state: &mut State, request: SetGate, _: Timestamp) -> Result<()> {
    state.gate = request.gate;
    state.mark = request.mark;
    Ok(())
}
