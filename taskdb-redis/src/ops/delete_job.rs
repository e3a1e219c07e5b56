//! `delete_job`: deletes a job in any state.

use taskdb_core::Result;
use taskdb_core::request::DeleteJob;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

/// Whether there was such a job.
pub(crate) async fn run(shard: Shard<'_>, request: &DeleteJob) -> Result<bool> {
    let args = shard.args().value(request.job_id).duration(request.keep_output);
    shard.run(&scripts::delete_job, args, &About::default()).await?.flag()
}
