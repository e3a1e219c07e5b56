//! `get_task_state_counts`: counts tasks by worker type, class and state.

use std::collections::BTreeMap;

use taskdb_core::{Priority, Result, TaskState, TaskStateCount};

use super::list_streams;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore) -> Result<Vec<TaskStateCount>> {
    let mut totals = BTreeMap::<(String, Priority, &str), u64>::new();
    let mut from = Some(0);
    while let Some(first) = from {
        let (streams, next) = list_streams::page(store, first, None).await?;
        for stream in streams {
            for (class, counts) in Priority::ALL.into_iter().zip(stream.counts) {
                for (state, count) in TaskState::ALL.into_iter().zip(counts) {
                    let key = (stream.worker_type.clone(), class, state.name());
                    *totals.entry(key).or_default() += count;
                }
            }
        }
        from = next;
    }
    let listed = totals.into_iter().filter(|(_, count)| *count > 0);
    Ok(listed
        .map(|((worker_type, priority, state), count)| TaskStateCount {
            worker_type,
            priority,
            state: state.to_owned(),
            count,
        })
        .collect())
}
