//! `get_job`: reads a job.

use taskdb_core::request::GetJob;
use taskdb_core::{JobInfo, Result};

use crate::about;
use crate::record::Header;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &GetJob) -> Result<JobInfo> {
    let about = About { job_id: request.job_id, ..About::default() };
    let args = shard.args().value(request.job_id);
    read(&mut shard.run(&scripts::get_job, args, &about).await?)
}

/// Reads id, header, error, whether it is kept, its name and labels.
pub(super) fn read(reply: &mut Reply) -> Result<JobInfo> {
    let (job_id, header) = (reply.parse()?, Header::parse(&reply.bytes()?)?);
    let error = reply.bytes_or_nil()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let keep = reply.flag()?;
    let (name, labels) = about::read(reply.bytes_or_nil()?)?;
    Ok(JobInfo {
        job_id,
        age: header.number,
        user_id: header.user_id,
        state: header.state,
        error,
        priority: header.priority,
        tasks: header.tasks,
        unresolved: header.unresolved,
        name,
        labels,
        keep,
        created_at: header.created_at,
        started_at: header.started_at,
        updated_at: header.updated_at,
    })
}
