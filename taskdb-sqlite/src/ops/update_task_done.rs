//! `update_task_done`: stores results and lets dependants go on.

use taskdb_core::request::{Completion, UpdateTaskDone};
use taskdb_core::{EventKind, Result, TaskDbErr, TaskState};

use crate::engine::claim::{self, Aim, Found};
use crate::engine::events::{self, Subject};
use crate::engine::{close, create, payload, release};
use crate::error::{Fault, Outcome};
use crate::row::Closing;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &UpdateTaskDone) -> Outcome<Vec<Result<bool>>> {
    super::each(&request.entries, |entry| complete(unit, entry))
}

fn complete(unit: &mut Unit<'_>, entry: &Completion) -> Outcome<bool> {
    let aim = match claim::find(unit, &entry.target)? {
        Found::Nothing => return Ok(false),
        Found::Over(aim, claim) => {
            let stored = payload::output(unit, aim.job, aim.task.task)?;
            let same = stored.as_ref() == Some(&entry.output);
            return if same && aim.repeats(&claim, Closing::Done) {
                Ok(true)
            } else {
                Err(aim.refuse(&claim).into())
            };
        }
        Found::Open(aim) => aim,
    };
    if !matches!(aim.state, TaskState::Ready | TaskState::Running) {
        return Ok(false);
    }
    let job = aim.job;
    if !entry.children.is_empty() {
        let (job_id, state) = (unit.job(job).id, unit.job(job).state);
        if state.is_stopped() {
            return Err(TaskDbErr::JobFinished { job_id, state }.into());
        }
        create::create(unit, job, &entry.children)?;
    }
    finish(unit, &aim, entry)?;
    release::settle(unit, job, aim.task.task)?;
    close::if_over(unit, job)?;
    Ok(true)
}

fn finish(unit: &mut Unit<'_>, aim: &Aim, entry: &Completion) -> std::result::Result<(), Fault> {
    let (job, task) = (aim.job, &aim.task);
    let now = unit.touch(job);
    let closing = if aim.claimed { Closing::Done } else { Closing::None };
    let to = TaskState::Done;
    let params = (unit.ns, job, task.task, to.code(), false, None::<&str>, closing.code(), now);
    unit.exec(sql::tasks::finish, params)?;
    payload::keep_output(unit, job, task.task, &entry.output)?;
    unit.shift(job, task.stream, Some(task.state), to);
    events::task(unit, job, EventKind::Done, Subject::of(task), None)
}
