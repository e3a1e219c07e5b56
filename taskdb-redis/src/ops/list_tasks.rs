//! `list_tasks`: reads the tasks of a job by age.

use taskdb_core::request::ListTasks;
use taskdb_core::{Result, TaskInfo};

use super::get_task;
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

/// The most ages that one step looks at.
const STEP: usize = 1_000;

pub(crate) async fn run(shard: Shard<'_>, request: &ListTasks) -> Result<Vec<TaskInfo>> {
    let job_id = request.job_id;
    let about = About { job_id, ..About::default() };
    let mut tasks = Vec::new();
    let mut from = Some(request.after.map_or(0, |age| age.saturating_add(1)));
    while let Some(first) = from.filter(|_| tasks.len() < request.limit) {
        let left = request.limit - tasks.len();
        let step = if request.state.is_none() { STEP.min(left) } else { STEP };
        let args = shard.args().value(job_id).value(first).value(step);
        let mut reply = shard.run(&scripts::list_tasks, args, &about).await?;
        let job = reply.job_state()?;
        from = reply.parse_or_empty()?;
        while !reply.is_empty() {
            let task = get_task::read(reply.list()?, job_id, job)?;
            if request.state.is_none_or(|state| task.state == state) {
                tasks.push(task);
            }
        }
    }
    tasks.truncate(request.limit);
    Ok(tasks)
}
