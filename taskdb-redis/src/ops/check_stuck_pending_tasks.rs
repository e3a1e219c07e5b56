//! `check_stuck_pending_tasks`: lists pending tasks that nothing holds back.

use std::collections::HashMap;

use taskdb_core::record::TaskRecord;
use taskdb_core::{Result, RunIf, StuckTaskInfo, TaskState};
use uuid::Uuid;

use super::{export, list_streams};
use crate::shards::Shard;
use crate::store::RedisStore;

/// The most ages that one step looks at.
const STEP: usize = 1_000;

pub(crate) async fn run(store: &RedisStore) -> Result<Vec<StuckTaskInfo>> {
    let types = worker_types(store).await?;
    let mut stuck = Vec::new();
    for shard in store.each() {
        at(shard, &types, &mut stuck).await?;
    }
    Ok(stuck)
}

async fn at(
    shard: Shard<'_>,
    types: &HashMap<Uuid, String>,
    stuck: &mut Vec<StuckTaskInfo>,
) -> Result<()> {
    let mut number = 0;
    while let Some(first) = export::job_page(shard, number, 0, STEP, true).await? {
        number = first.record.age;
        let releasing = first.record.derived.as_ref().is_some_and(|derived| derived.releasing);
        if export::runs(&first.record) && !releasing {
            let tasks = rest_of(shard, first).await?;
            stuck.extend(stuck_among(&tasks, types));
        }
        number += 1;
    }
    Ok(())
}

/// All tasks of a job, of which the first were read.
async fn rest_of(shard: Shard<'_>, first: export::JobPage) -> Result<Vec<TaskRecord>> {
    let number = first.record.age;
    let (mut tasks, mut next) = (first.tasks, first.next);
    while let Some(age) = next {
        let page = export::job_page(shard, number, age, STEP, true).await?;
        let Some(page) = page.filter(|page| page.record.age == number) else { break };
        tasks.extend(page.tasks);
        next = page.next;
    }
    Ok(tasks)
}

async fn worker_types(store: &RedisStore) -> Result<HashMap<Uuid, String>> {
    let (mut types, mut from) = (HashMap::new(), Some(0));
    while let Some(first) = from {
        let (streams, next) = list_streams::page(store, first, None).await?;
        types.extend(streams.into_iter().map(|stream| (stream.id, stream.worker_type)));
        from = next;
    }
    Ok(types)
}

fn stuck_among(tasks: &[TaskRecord], types: &HashMap<Uuid, String>) -> Vec<StuckTaskInfo> {
    let by_name: HashMap<&str, &TaskRecord> =
        tasks.iter().map(|task| (task.task_id.as_str(), task)).collect();
    let settled = |task: &TaskRecord, name: &String| {
        by_name.get(name.as_str()).is_some_and(|pre| {
            pre.state == TaskState::Done || (task.run_if == RunIf::AllSettled && pre.tolerated)
        })
    };
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    tasks
        .iter()
        .filter(|task| task.state == TaskState::Pending && task.start_at.is_none())
        .filter(|task| task.prerequisites.iter().all(|name| settled(task, name)))
        .map(|task| StuckTaskInfo {
            job_id: task.job_id,
            task_id: task.task_id.clone(),
            worker_type: types.get(&task.stream_id).cloned().unwrap_or_default(),
            waiting_on: task
                .derived
                .as_ref()
                .map_or(0, |d| i32::try_from(d.waiting_on).unwrap_or(0)),
            actual_deps: count(task.prerequisites.len()),
            completed_deps: count(task.prerequisites.len()),
            should_be_ready: true,
        })
        .collect()
}
