//! `update_task_done`: stores results and lets dependants go on.

use taskdb_core::Result;
use taskdb_core::request::{Completion, UpdateTaskDone};

use crate::args::Args;
use crate::reply::About;
use crate::scripts;
use crate::shards::{Shard, missing_stream, with_streams};
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &UpdateTaskDone) -> Result<Vec<Result<bool>>> {
    let entries = &request.entries;
    let call = |shard, part| Box::pin(at(shard, part)) as _;
    let mut answers =
        store.at_jobs(entries, |entry| *entry.target.job_id(), super::has_missed, call).await?;
    for (entry, answer) in entries.iter().zip(&mut answers) {
        let lacking = answer.as_ref().err().and_then(missing_stream);
        if lacking.is_some() && !store.shards.is_one() {
            // It changed nothing, so it can be made once more.
            let shard = store.shard(store.shards.of_job(entry.target.job_id()));
            *answer = with_streams(shard, || Box::pin(alone(shard, entry))).await;
        }
    }
    Ok(answers)
}

async fn alone(shard: Shard<'_>, entry: &Completion) -> Result<bool> {
    at(shard, vec![entry]).await?.pop().unwrap_or(Ok(false))
}

async fn at(shard: Shard<'_>, entries: Vec<&Completion>) -> Result<Vec<Result<bool>>> {
    let max_tasks = shard.limits().tasks_per_job;
    let args =
        entries.iter().fold(shard.args().value(max_tasks), |args, entry| self::entry(args, entry));
    let script = if entries.iter().all(|entry| entry.children.is_empty()) {
        &scripts::update_task_done
    } else {
        &scripts::update_task_done_with_children
    };
    let kind = super::kind(entries.iter().map(|entry| &entry.target));
    let mut reply = shard.run_as(kind, script, args, &About::default()).await?;
    let unfinished = reply.flag()?;
    let answers = super::each(&entries, &mut reply, |entry, answer| {
        let about = About { entries: &entry.children, max_tasks, ..super::about(&entry.target) };
        answer.accepted(&about)?.flag()
    });
    shard.carry_on(unfinished).await?;
    answers
}

fn entry(args: Args, entry: &Completion) -> Args {
    let args = args.target(&entry.target).bytes(entry.output.as_str());
    let args = args.value(entry.children.len());
    entry.children.iter().fold(args, |args, child| args.spec(child))
}
