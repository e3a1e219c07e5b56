//! `retry_job`: puts a stopped job back to work.

use taskdb_core::TaskDbErr;
use taskdb_core::error::Entity;
use taskdb_core::request::RetryJob;

use crate::engine::{release, replay};
use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &RetryJob) -> Outcome<()> {
    let job = unit.need_job(&request.job_id)?;
    let state = unit.job(job).state;
    if !state.is_stopped() {
        let reason = format!("is {state}: only a failed or cancelled job can be replayed");
        return Err(TaskDbErr::InvalidState { entity: Entity::Job(request.job_id), reason }.into());
    }
    release::complete(unit, job)?;
    unit.flush()?;
    let revived = replay::revivable(unit, job)?;
    replay::check_streams(unit, job, &revived)?;
    let now = unit.touch(job);
    unit.exec(sql::tasks::clear_trials, (unit.ns, job, now))?;
    replay::restart(unit, job, &revived)
}
