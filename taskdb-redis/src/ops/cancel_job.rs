//! `cancel_job`: stops a job, running tasks included.

use taskdb_core::Result;
use taskdb_core::request::CancelJob;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &CancelJob) -> Result<()> {
    let about = About { job_id: request.job_id, ..About::default() };
    let args = shard.args().value(request.job_id);
    shard.run(&scripts::cancel_job, args, &about).await.map(drop)
}
