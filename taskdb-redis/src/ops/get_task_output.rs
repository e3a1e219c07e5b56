//! `get_task_output`: reads the output of a done task, or one kept of a deleted job.

use taskdb_core::request::GetTaskOutput;
use taskdb_core::{CanonicalJson, Result};

use crate::record;
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &GetTaskOutput) -> Result<CanonicalJson> {
    let task_id = request.task_id.as_str();
    let about = About { job_id: request.job_id, task_id, ..About::default() };
    let args = shard.args().value(request.job_id).bytes(task_id);
    let mut reply = shard.run(&scripts::get_task_output, args, &about).await?;
    record::stored_json(reply.bytes()?)
}
