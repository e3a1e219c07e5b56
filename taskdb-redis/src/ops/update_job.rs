//! `update_job`: changes the class of a job, or whether retention passes it by.

use taskdb_core::request::UpdateJob;
use taskdb_core::{Priority, Result};

use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;

pub(crate) async fn run(shard: Shard<'_>, request: &UpdateJob) -> Result<()> {
    let about = About { job_id: request.job_id, ..About::default() };
    let args = shard
        .args()
        .value(request.job_id)
        .maybe(request.priority.map(Priority::code))
        .maybe(request.keep.map(u8::from));
    shard.run(&scripts::update_job, args, &about).await.map(drop)
}
