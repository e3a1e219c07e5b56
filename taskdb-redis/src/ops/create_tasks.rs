//! `create_tasks`: adds tasks to a job.

use taskdb_core::Result;
use taskdb_core::request::CreateTasks;

use crate::reply::About;
use crate::scripts;
use crate::shards::{Shard, with_streams};

pub(crate) async fn run(shard: Shard<'_>, request: &CreateTasks) -> Result<()> {
    with_streams(shard, || Box::pin(at(shard, request))).await
}

async fn at(shard: Shard<'_>, request: &CreateTasks) -> Result<()> {
    let max_tasks = shard.limits().tasks_per_job;
    let about =
        About { job_id: request.job_id, entries: &request.tasks, max_tasks, ..About::default() };
    let args = shard.args().value(request.job_id).value(max_tasks);
    let args = request.tasks.iter().fold(args, |args, spec| args.spec(spec));
    shard.run(&scripts::create_tasks, args, &about).await.map(drop)
}
