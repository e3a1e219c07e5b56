//! `delete_job`: deletes a job in any state.

use taskdb_core::Result;
use taskdb_core::request::DeleteJob;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &DeleteJob) -> Result<()> {
    let args = store.args().value(request.job_id).duration(request.keep_output);
    store.run(&scripts::delete_job, args, &About::default()).await.map(drop)
}
