//! `release_claims`: puts tasks back with nothing held against them.

use taskdb_core::request::{ReleaseClaims, Target};
use taskdb_core::{Claim, Result};

use crate::engine::claim::{self, Found};
use crate::engine::finish;
use crate::error::{Outcome, corrupt};
use crate::row::Closing;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ReleaseClaims) -> Outcome<Vec<Result<bool>>> {
    super::each(&request.claims, |claim| release(unit, claim))
}

fn release(unit: &mut Unit<'_>, claim: &Claim) -> Outcome<bool> {
    match claim::find(unit, &Target::Claim(claim.clone()))? {
        Found::Open(aim) => finish::release(unit, aim.job, &aim.task),
        Found::Over(aim, claim) if aim.repeats(&claim, Closing::Released) => Ok(true),
        Found::Over(aim, claim) if aim.repeats(&claim, Closing::ReleasedOut) => Ok(false),
        Found::Over(aim, claim) => Err(aim.refuse(&claim).into()),
        Found::Nothing => Err(corrupt("a claim without a task")),
    }
}
