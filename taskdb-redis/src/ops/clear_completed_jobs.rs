//! `clear_completed_jobs`: deletes the jobs that are done, in steps.

use taskdb_core::Result;
use taskdb_core::request::ClearCompletedJobs;

use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::Shard;

/// The most jobs that one step deletes.
const JOBS: u64 = 100;

pub(crate) async fn run(shard: Shard<'_>, request: &ClearCompletedJobs) -> Result<u64> {
    let (mut cleared, mut end) = (0, String::new());
    loop {
        let args = shard.args().duration(request.keep_output).bytes(end).value(JOBS);
        let script = &scripts::clear_completed_jobs;
        let mut reply = shard.run_as(Kind::Once, script, args, &About::default()).await?;
        let deleted: u64 = reply.parse()?;
        cleared += deleted;
        if deleted < JOBS {
            return Ok(cleared);
        }
        end = reply.text()?;
    }
}
