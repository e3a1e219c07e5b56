//! `list_jobs`: jobs by age.

use taskdb_core::JobInfo;
use taskdb_core::request::ListJobs;

use crate::error::Outcome;
use crate::row::Job;
use crate::sql;
use crate::unit::Unit;

/// The most jobs that are read together where each has to be looked at.
const LOOKED_AT: usize = 500;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListJobs) -> Outcome<Vec<JobInfo>> {
    let mut after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    if request.filter.admits_all() {
        let page = page(unit, request, after, request.limit)?;
        return Ok(page.iter().map(Job::info).collect());
    }
    let mut found = Vec::new();
    loop {
        let page = page(unit, request, after, LOOKED_AT)?;
        let admitted = page.iter().map(Job::info).filter(|job| request.filter.admits(job));
        found.extend(admitted.take(request.limit - found.len()));
        match page.last() {
            Some(last) if page.len() == LOOKED_AT && found.len() < request.limit => {
                after = last.job;
            }
            _ => return Ok(found),
        }
    }
}

/// Jobs of the user and the state that are asked for.
fn page(unit: &Unit<'_>, request: &ListJobs, after: i64, limit: usize) -> Outcome<Vec<Job>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let (ns, user) = (unit.ns, request.filter.user_id.as_deref());
    match (user, request.filter.state.map(|state| state.code())) {
        (None, None) => unit.all(sql::jobs::list, (ns, after, limit), Job::read),
        (None, Some(state)) => {
            unit.all(sql::jobs::list_by_state, (ns, after, limit, state), Job::read)
        }
        (Some(user), None) => {
            unit.all(sql::jobs::list_by_user, (ns, after, limit, user), Job::read)
        }
        (Some(user), Some(state)) => {
            unit.all(sql::jobs::list_by_owner, (ns, after, limit, state, user), Job::read)
        }
    }
}
