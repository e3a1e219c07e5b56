//! `create_tasks`: adds tasks to a job.

use taskdb_core::Result;
use taskdb_core::request::CreateTasks;

use crate::reply::About;
use crate::scripts;
use crate::store::RedisStore;

pub(crate) async fn run(store: &RedisStore, request: &CreateTasks) -> Result<()> {
    let max_tasks = store.limits.tasks_per_job;
    let about =
        About { job_id: request.job_id, entries: &request.tasks, max_tasks, ..About::default() };
    let args = store.args().value(request.job_id).value(max_tasks);
    let args = request.tasks.iter().fold(args, |args, spec| args.spec(spec));
    store.run(&scripts::create_tasks, args, &about).await.map(drop)
}
