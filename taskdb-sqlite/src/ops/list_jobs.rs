//! `list_jobs`: jobs by age.

use taskdb_core::JobInfo;
use taskdb_core::request::ListJobs;

use crate::error::Outcome;
use crate::row::Job;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListJobs) -> Outcome<Vec<JobInfo>> {
    let after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    let (ns, user) = (unit.ns, request.filter.user_id.as_deref());
    let jobs = match (user, request.filter.state.map(|state| state.code())) {
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
    }?;
    Ok(jobs.iter().map(Job::info).collect())
}
