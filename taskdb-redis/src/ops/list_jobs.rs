//! `list_jobs`: reads jobs by age.

use taskdb_core::request::ListJobs;
use taskdb_core::{JobInfo, Result};

use super::get_job;
use crate::reply::About;
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

/// The most jobs that one step looks at.
const STEP: usize = 1_000;

pub(crate) async fn run(store: &RedisStore, request: &ListJobs) -> Result<Vec<JobInfo>> {
    let mut jobs = store.ask_all(|shard| Box::pin(at(shard, request))).await?;
    if let [only] = &mut jobs[..] {
        return Ok(std::mem::take(only));
    }
    let mut jobs: Vec<_> = jobs.into_iter().flatten().collect();
    jobs.sort_unstable_by_key(|job| job.age);
    jobs.truncate(request.limit);
    Ok(jobs)
}

async fn at(shard: Shard<'_>, request: &ListJobs) -> Result<Vec<JobInfo>> {
    let mut jobs = Vec::new();
    let mut from = Some(request.after.map_or(0, |age| age.saturating_add(1)));
    while let Some(first) = from.filter(|_| jobs.len() < request.limit) {
        let filter = &request.filter;
        let unfiltered = filter.user_id.is_none() && filter.state.is_none() && filter.admits_all();
        let step = if unfiltered { STEP.min(request.limit - jobs.len()) } else { STEP };
        let args = shard
            .args()
            .value(first)
            .value(step)
            .maybe(filter.user_id.as_ref())
            .maybe(filter.state.map(taskdb_core::JobState::code));
        let mut reply = shard.run(&scripts::list_jobs, args, &About::default()).await?;
        from = reply.parse_or_empty()?;
        while !reply.is_empty() {
            jobs.extend(Some(get_job::read(&mut reply.list()?)?).filter(|job| filter.admits(job)));
        }
    }
    jobs.truncate(request.limit);
    Ok(jobs)
}
