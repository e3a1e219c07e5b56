//! `get_prerequisites`: what has become of the prerequisites of a task.

use taskdb_core::request::GetPrerequisites;
use taskdb_core::{JobState, Prerequisite, Result};

use crate::record::{self, Task};
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;

/// The most prerequisites that one step reads.
const STEP: usize = 1_000;

pub(crate) async fn run(shard: Shard<'_>, request: &GetPrerequisites) -> Result<Vec<Prerequisite>> {
    let (job_id, task_id) = (request.job_id, request.task_id.as_str());
    let about = About { job_id, task_id, ..About::default() };
    let (mut found, mut from) = (Vec::new(), Some(0));
    while let Some(passed) = from {
        let args = shard.args().value(job_id).bytes(task_id).value(passed).value(STEP);
        let mut reply = shard.run(&scripts::get_prerequisites, args, &about).await?;
        let job = reply.job_state()?;
        from = reply.parse_or_empty::<u64>()?;
        while !reply.is_empty() {
            found.push(read(reply.list()?, job)?);
        }
    }
    Ok(found)
}

pub(super) fn read(mut reply: Reply, job: JobState) -> Result<Prerequisite> {
    let task = Task::parse(&reply.bytes()?)?;
    Ok(Prerequisite {
        state: task.state.effective(job),
        output: reply.bytes_or_nil()?.map(record::stored_json).transpose()?,
        error: task.error,
        task_id: task.name,
    })
}
