//! `list_jobs`: reads jobs by age.

use taskdb_core::request::ListJobs;
use taskdb_core::{JobInfo, JobState, Result};

use super::get_job;
use crate::args::Args;
use crate::row::Job;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListJobs) -> Result<Vec<JobInfo>> {
    let after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let args = Args::default().add(after).add(i64::try_from(request.limit).unwrap_or(i64::MAX));
    let state = request.filter.state.map(|state| i16::from(state.code()));
    let rows = match &request.filter.user_id {
        None => session.read(Statement::list_jobs, args.add(state)).await?,
        Some(user) => {
            let all = || JobState::ALL.iter().map(|state| i16::from(state.code())).collect();
            let states = state.map_or_else(all, |state| vec![state]);
            session.read(Statement::list_jobs_by_user, args.add(states).add(user)).await?
        }
    };
    rows.iter().map(|row| Ok(get_job::info(Job::read(row)?))).collect()
}
