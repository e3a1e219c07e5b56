//! `get_concurrent_jobs`: counts the running jobs of a user.

use taskdb_core::Result;
use taskdb_core::request::GetConcurrentJobs;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &GetConcurrentJobs) -> Result<u64> {
    let args = shard.args().bytes(request.user_id.as_str());
    shard.run(&scripts::get_concurrent_jobs, args, &About::default()).await?.parse()
}
