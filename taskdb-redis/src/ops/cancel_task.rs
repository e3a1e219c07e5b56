//! `cancel_task`: cancels one task.

use taskdb_core::Result;
use taskdb_core::request::CancelTask;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &CancelTask) -> Result<()> {
    let task_id = request.task_id.as_str();
    let about = About { job_id: request.job_id, task_id, ..About::default() };
    let args = shard.args().value(request.job_id).bytes(task_id);
    let mut reply = shard.run(&scripts::cancel_task, args, &about).await?;
    shard.carry_on(reply.flag()?).await
}
