//! `update_task_failed`: stores failures, with their consequences.

use taskdb_core::Result;
use taskdb_core::request::Failure;

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, entries: Vec<&Failure>) -> Result<Vec<Result<bool>>> {
    let args = entries
        .iter()
        .fold(shard.args(), |args, entry| args.target(&entry.target).bytes(entry.error.as_str()));
    let kind = super::kind(entries.iter().map(|entry| &entry.target));
    let script = &scripts::update_task_failed;
    let mut reply = shard.run_as(kind, script, args, &About::default()).await?;
    let unfinished = reply.flag()?;
    let answers = super::each(&entries, &mut reply, |entry, answer| {
        answer.accepted(&super::about(&entry.target))?.flag()
    });
    shard.carry_on(unfinished).await?;
    answers
}
