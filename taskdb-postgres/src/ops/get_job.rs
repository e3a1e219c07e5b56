//! `get_job`: reads a job.

use taskdb_core::request::GetJob;
use taskdb_core::{JobInfo, Result, TaskDbErr};

use crate::args::Args;
use crate::row::Job;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &GetJob) -> Result<JobInfo> {
    let rows = session.read(Statement::get_job, Args::default().add(request.job_id)).await?;
    let row = rows.first().ok_or_else(|| TaskDbErr::no_job(&request.job_id))?;
    Ok(info(Job::read(row)?))
}

/// A job as callers see it.
pub(super) fn info(job: Job) -> JobInfo {
    JobInfo {
        job_id: job.id,
        age: job.job,
        user_id: job.user_id,
        state: job.state,
        error: job.error,
        priority: job.priority,
        tasks: job.tasks,
        unresolved: job.unresolved,
        name: job.name,
        labels: job.labels,
        keep: job.keep,
        created_at: job.created_at,
        started_at: job.started_at,
        updated_at: job.updated_at,
    }
}
