//! `request_work`: claims the tasks that are next.

use taskdb_core::request::{ClaimedTask, RequestWork, Work};
use taskdb_core::{Claim, Priority, Result, Timestamp};
use uuid::Uuid;

use crate::args::micros;
use crate::error::corrupt;
use crate::record::{self, Task};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &RequestWork) -> Result<Work> {
    let args = store
        .args()
        .bytes(request.worker_type.as_str())
        .bytes(request.worker_id.as_str())
        .maybe(request.lease.map(micros));
    let ids = request.claim_ids.iter();
    let args = ids.fold(args, |args, id| args.bytes(*id.as_bytes()));
    let mut reply = store.run(&scripts::request_work, args, &About::default()).await?;
    let next = reply.parse_or_empty()?.map(Timestamp::from_micros);
    let now = Timestamp::from_micros(reply.parse()?);
    let mut tasks = Vec::new();
    while !reply.is_empty() {
        tasks.push(claimed(reply.list()?)?);
    }
    Ok(Work { tasks, next_start: next.map(|time| time.since(now)) })
}

fn claimed(mut reply: Reply) -> Result<ClaimedTask> {
    let id = Uuid::from_slice(&reply.bytes()?).map_err(|_| corrupt("a claim id is no id"))?;
    let job_id = reply.parse()?;
    let priority = Priority::from_code(reply.parse()?).ok_or_else(|| corrupt("no such class"))?;
    let stream_id = reply.parse()?;
    let task = Task::parse(&reply.bytes()?)?;
    let (prerequisites, definition) = record::parse_definition(&reply.bytes()?)?;
    let live = task.live.ok_or_else(|| corrupt("a claimed task has no deadline"))?;
    Ok(ClaimedTask {
        claim: Claim { job_id, task_id: task.name, id, attempt: task.attempt },
        stream_id,
        definition,
        prerequisites,
        max_retries: task.max_retries,
        retries: task.retries,
        timeout_secs: task.timeout_secs,
        priority,
        deadline: live.deadline,
    })
}
