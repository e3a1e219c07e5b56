//! `update_task_retry`: ends an attempt.

use taskdb_core::Result;
use taskdb_core::request::UpdateTaskRetry;

use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &UpdateTaskRetry) -> Result<bool> {
    let args = store.args().target(&request.target).duration(request.delay);
    let about = super::about(&request.target);
    let kind = super::kind(std::iter::once(&request.target));
    let mut reply = store.run_as(kind, &scripts::update_task_retry, args, &about).await?;
    let again = reply.flag()?;
    store.carry_on(reply.flag()?).await?;
    Ok(again)
}
