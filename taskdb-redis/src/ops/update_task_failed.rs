//! `update_task_failed`: stores failures, with their consequences.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskFailed;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(
    store: &RedisStore,
    request: &UpdateTaskFailed,
) -> Result<Vec<Result<bool>>> {
    let entries = &request.entries;
    let args = entries
        .iter()
        .fold(store.args(), |args, entry| args.target(&entry.target).bytes(entry.error.as_str()));
    let kind = super::kind(entries.iter().map(|entry| &entry.target));
    let script = &scripts::update_task_failed;
    let mut reply = store.run_as(kind, script, args, &About::default()).await?;
    let unfinished = reply.flag()?;
    let answers = super::each(entries, &mut reply, |entry, answer| {
        answer.accepted(&super::about(&entry.target))?.flag()
    });
    store.carry_on(unfinished).await?;
    answers
}
