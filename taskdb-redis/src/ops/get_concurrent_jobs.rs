//! `get_concurrent_jobs`: counts the running jobs of a user.

use taskdb_core::Result;
use taskdb_core::request::GetConcurrentJobs;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &GetConcurrentJobs) -> Result<u64> {
    let args = store.args().bytes(request.user_id.as_str());
    store.run(&scripts::get_concurrent_jobs, args, &About::default()).await?.parse()
}
