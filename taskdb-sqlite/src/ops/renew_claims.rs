//! `renew_claims`: keeps claims alive.

use taskdb_core::request::{RenewClaims, Target};
use taskdb_core::{Claim, Renewal, Result, Timestamp};

use crate::engine::claim::{self, Found};
use crate::error::{Outcome, corrupt};
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &RenewClaims) -> Outcome<Vec<Result<Renewal>>> {
    let lease = request.lease.map(|lease| i64::try_from(lease.as_micros()).unwrap_or(i64::MAX / 4));
    super::each(&request.claims, |claim| renew(unit, claim, lease))
}

fn renew(unit: &mut Unit<'_>, claim: &Claim, lease: Option<i64>) -> Outcome<Renewal> {
    let aim = match claim::find(unit, &Target::Claim(claim.clone()))? {
        Found::Open(aim) => aim,
        Found::Over(aim, claim) => return Err(aim.refuse(&claim).into()),
        Found::Nothing => return Err(corrupt("a claim without a task")),
    };
    let task = &aim.task;
    let lease = lease.or(task.lease);
    let work = task.work_deadline.unwrap_or(unit.now);
    let lease_end = lease.map(|lease| unit.now.saturating_add(lease));
    let deadline = lease_end.map_or(work, |end| end.min(work));
    let params = (unit.ns, aim.job, task.task, lease, lease_end, deadline);
    unit.exec(sql::tasks::renew, params)?;
    let job = unit.job(aim.job).state;
    Ok(Renewal { deadline: Timestamp::from_micros(deadline), job })
}
