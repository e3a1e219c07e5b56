//! `update_task_done`: stores results and lets dependants go on.

use taskdb_core::Result;
use taskdb_core::request::{Completion, UpdateTaskDone};

use crate::args::Args;
use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &UpdateTaskDone) -> Result<Vec<Result<bool>>> {
    let max_tasks = store.limits.tasks_per_job;
    let entries = &request.entries;
    let args = entries.iter().fold(store.args().value(max_tasks), entry);
    let script = if entries.iter().all(|entry| entry.children.is_empty()) {
        &scripts::update_task_done
    } else {
        &scripts::update_task_done_with_children
    };
    let kind = super::kind(entries.iter().map(|entry| &entry.target));
    let mut reply = store.run_as(kind, script, args, &About::default()).await?;
    let unfinished = reply.flag()?;
    let answers = super::each(entries, &mut reply, |entry, answer| {
        let about = About { entries: &entry.children, max_tasks, ..super::about(&entry.target) };
        answer.accepted(&about)?.flag()
    });
    store.carry_on(unfinished).await?;
    answers
}

fn entry(args: Args, entry: &Completion) -> Args {
    let args = args.target(&entry.target).bytes(entry.output.as_str());
    let args = args.value(entry.children.len());
    entry.children.iter().fold(args, |args, child| args.spec(child))
}
