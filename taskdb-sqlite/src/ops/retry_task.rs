//! `retry_task`: puts one task of a stopped job back to work.

use taskdb_core::error::Entity;
use taskdb_core::request::RetryTask;
use taskdb_core::{TaskDbErr, TaskState};

use crate::engine::{release, replay};
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &RetryTask) -> Outcome<()> {
    let job = unit.need_job(&request.job_id)?;
    let task = super::get_task::find(unit, job, &request.job_id, &request.task_id)?;
    let state = unit.job(job).state;
    let refuse = |entity, reason: String| Err(TaskDbErr::InvalidState { entity, reason }.into());
    if !state.is_stopped() {
        let reason = format!("is {state}: only tasks of a failed or cancelled job can be replayed");
        return refuse(Entity::Job(request.job_id), reason);
    }
    let entity = Entity::task(&request.job_id, &request.task_id);
    if matches!(task.state, TaskState::Done | TaskState::Running) {
        let reason = format!("is {}: only failed and cancelled tasks can be replayed", task.state);
        return refuse(entity, reason);
    }
    release::complete(unit, job)?;
    unit.flush()?;
    let mut revived = Vec::new();
    if task.state.is_terminal() {
        if !replay::dead_prerequisites(unit, job, &task)?.is_empty() {
            let reason = "waits for a task that failed or was cancelled: use retry_job".to_owned();
            return refuse(entity, reason);
        }
        if task.tolerated && replay::was_relied_on(unit, job, &task)? {
            let reason = "was tolerated, and a dependant has gone on without it".to_owned();
            return refuse(entity, reason);
        }
        revived.push(task.clone());
    }
    replay::check_streams(unit, job, &revived)?;
    if revived.is_empty() {
        let now = unit.touch(job);
        unit.exec(sql::tasks::clear_trial, (unit.ns, job, task.task, now))?;
    }
    replay::restart(unit, job, &revived)
}
