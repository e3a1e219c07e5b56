//! `list_jobs`: reads jobs by age.

use taskdb_core::request::ListJobs;
use taskdb_core::{JobInfo, JobState, Result};

use super::get_job;
use crate::args::{Args, labels};
use crate::row::Job;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListJobs) -> Result<Vec<JobInfo>> {
    let filter = &request.filter;
    let after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let args = Args::default().add(after).add(i64::try_from(request.limit).unwrap_or(i64::MAX));
    let state = filter.state.map(|state| i16::from(state.code()));
    let (statement, args) = match &filter.user_id {
        None => (Statement::list_jobs, args.add(state)),
        Some(user) => {
            let all = || JobState::ALL.iter().map(|state| i16::from(state.code())).collect();
            let states = state.map_or_else(all, |state| vec![state]);
            (Statement::list_jobs_by_user, args.add(states).add(user))
        }
    };
    let args = args.add(filter.name.as_deref()).add(labels(&filter.labels));
    let rows = session.read(statement, args).await?;
    rows.iter().map(|row| Ok(get_job::info(Job::read(row)?))).collect()
}
