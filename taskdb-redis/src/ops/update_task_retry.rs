//! `update_task_retry`: ends an attempt.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskRetry;

use crate::args::micros;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &UpdateTaskRetry) -> Result<bool> {
    let args = shard.args().target(&request.target).maybe(request.delay.map(micros));
    let about = super::about(&request.target);
    let kind = super::kind(std::iter::once(&request.target));
    let mut reply = shard.run_as(kind, &scripts::update_task_retry, args, &about).await?;
    let again = reply.flag()?;
    shard.carry_on(reply.flag()?).await?;
    Ok(again)
}
