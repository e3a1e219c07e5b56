//! `cancel_job`: stops a job, running tasks included.

use taskdb_core::request::CancelJob;
use taskdb_core::{EventKind, JobState, TaskState};

use crate::engine::events::{self, Subject};
use crate::engine::finish::{self, CANCELLED, PutBack};
use crate::error::Outcome;
use crate::row::{Closing, Task};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &CancelJob) -> Outcome<()> {
    let job = unit.need_job(&request.job_id)?;
    if unit.job(job).state != JobState::Running {
        return Ok(());
    }
    unit.touch(job);
    unit.set_stopped(job, true)?;
    let row = unit.job_mut(job);
    row.state = JobState::Cancelled;
    row.error = Some(CANCELLED.to_owned());
    drop_claims(unit, job)?;
    events::job(unit, job, EventKind::Cancelled, None)
}

/// Running tasks go back to ready, which the state of their job makes cancelled.
fn drop_claims(unit: &mut Unit<'_>, job: i64) -> Outcome<()> {
    let lanes = unit.all(sql::lanes::of_job, (unit.ns, job), |row| row.get::<_, i64>(0))?;
    for stream in lanes {
        let running =
            unit.all(sql::tasks::running_in, (unit.ns, job, stream), |row| row.get::<_, i64>(0))?;
        for number in running {
            let Some(task) = unit.one(sql::tasks::load, (unit.ns, job, number), Task::read)? else {
                continue;
            };
            debug_assert_eq!(task.state, TaskState::Running);
            let how = PutBack {
                retries: task.retries,
                losses: task.losses,
                progress: task.progress,
                start_at: None,
                closing: Closing::None,
            };
            finish::put_back(unit, job, &task, &how)?;
            events::task(unit, job, EventKind::Cancelled, Subject::of(&task), None)?;
        }
    }
    Ok(())
}
