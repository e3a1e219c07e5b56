//! `list_schedules`: schedules by name, or those whose tick has come.

use taskdb_core::request::ListSchedules;
use taskdb_core::{Result, ScheduleInfo, Timestamp};

use crate::record;
use crate::reply::Reply;
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &ListSchedules) -> Result<Vec<ScheduleInfo>> {
    let after = request.after.as_deref().unwrap_or("");
    let found =
        store.ask_all(|shard| Box::pin(page(shard, after, request.due, request.limit))).await?;
    Ok(super::by_name(found, request.limit, |schedule| &schedule.name))
}

/// Schedules of a shard behind a name.
pub(super) async fn page(
    shard: Shard<'_>,
    after: &str,
    due: bool,
    limit: usize,
) -> Result<Vec<ScheduleInfo>> {
    super::pages(shard, &scripts::list_schedules, after, Some(due), limit, read).await
}

fn read(mut reply: Reply) -> Result<ScheduleInfo> {
    Ok(ScheduleInfo {
        name: reply.text()?,
        body: record::stored_json(reply.bytes()?)?,
        revision: reply.parse()?,
        next_at: reply.parse_or_empty()?.map(Timestamp::from_micros),
        fired_at: reply.parse_or_empty()?.map(Timestamp::from_micros),
    })
}
