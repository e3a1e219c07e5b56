//! `update_task_progress`: raises progress and counts the timeout anew.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskProgress;

use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &UpdateTaskProgress) -> Result<bool> {
    let args = store.args().target(&request.target).exact(request.progress.into());
    let about = super::about(&request.target);
    store.run(&scripts::update_task_progress, args, &about).await?.flag()
}
