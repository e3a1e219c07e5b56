//! `update_task_progress`: raises progress and counts the timeout anew.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskProgress;

use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &UpdateTaskProgress) -> Result<bool> {
    let args = shard.args().target(&request.target).exact(request.progress.into());
    let about = super::about(&request.target);
    shard.run(&scripts::update_task_progress, args, &about).await?.flag()
}
