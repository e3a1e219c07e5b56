//! The verbs, one file each: arguments in, the reply of a script out.

pub(crate) mod cancel_job;
pub(crate) mod cancel_task;
pub(crate) mod check_stuck_pending_tasks;
pub(crate) mod clear_completed_jobs;
pub(crate) mod create_job;
pub(crate) mod create_stream;
pub(crate) mod create_tasks;
pub(crate) mod delete_job;
pub(crate) mod delete_schedule;
pub(crate) mod delete_stream;
pub(crate) mod describe;
pub(crate) mod export;
pub(crate) mod fire_schedule;
pub(crate) mod get_concurrent_jobs;
pub(crate) mod get_job;
pub(crate) mod get_prerequisites;
pub(crate) mod get_task;
pub(crate) mod get_task_output;
pub(crate) mod get_task_state_counts;
pub(crate) mod heartbeat_worker;
pub(crate) mod import;
pub(crate) mod list_claims;
pub(crate) mod list_events;
pub(crate) mod list_jobs;
pub(crate) mod list_schedules;
pub(crate) mod list_streams;
pub(crate) mod list_tasks;
pub(crate) mod list_workers;
pub(crate) mod probe;
pub(crate) mod purge_jobs;
pub(crate) mod put_schedule;
pub(crate) mod release_claims;
pub(crate) mod release_worker;
pub(crate) mod renew_claims;
pub(crate) mod repair;
pub(crate) mod request_work;
pub(crate) mod requeue_tasks;
pub(crate) mod retry_job;
pub(crate) mod retry_task;
pub(crate) mod set_events;
pub(crate) mod set_gate;
pub(crate) mod update_job;
pub(crate) mod update_stream;
pub(crate) mod update_task_done;
pub(crate) mod update_task_failed;
pub(crate) mod update_task_progress;
pub(crate) mod update_task_retry;

use taskdb_core::request::Target;
use taskdb_core::{Claim, Result};

use crate::reply::{About, Reply};
use crate::script::{Kind, Script};
use crate::shards::{Shard, is_gone};

/// The most claims that one step of a sweep takes.
pub(crate) const STEP: u64 = 100;

/// What a call with such a target is about.
fn about(target: &Target) -> About<'_> {
    About { job_id: *target.job_id(), task_id: target.task_id(), ..About::default() }
}

fn about_claim(claim: &Claim) -> About<'_> {
    About { job_id: claim.job_id, task_id: &claim.task_id, ..About::default() }
}

/// Whether an answer may mean that the job lies elsewhere.
pub(crate) fn has_missed(answer: &Result<bool>) -> bool {
    matches!(answer, Ok(false)) || is_gone(answer)
}

/// A claim closes once, so a call that carries one can be sent again.
fn kind<'a>(mut targets: impl Iterator<Item = &'a Target>) -> Kind {
    if targets.all(|target| matches!(target, Target::Claim(_))) {
        Kind::Repeatable
    } else {
        Kind::Once
    }
}

/// An answer for each entry of a batch: the rest of a reply.
fn each<E, T>(
    entries: &[E],
    reply: &mut Reply,
    mut read: impl FnMut(&E, Reply) -> Result<T>,
) -> Result<Vec<Result<T>>> {
    entries
        .iter()
        .map(|entry| {
            let answer = reply.list()?;
            Ok(read(entry, answer))
        })
        .collect()
}

/// The most names that one step of a list looks at.
const NAMES: usize = 1_000;

/// What a shard lists behind a name, read in steps; a script that can filter is told whether
/// it should.
async fn pages<T>(
    shard: Shard<'_>,
    script: &'static Script,
    after: &str,
    filter: Option<bool>,
    limit: usize,
    read: fn(Reply) -> Result<T>,
) -> Result<Vec<T>> {
    let (mut found, mut after) = (Vec::new(), after.to_owned());
    loop {
        let step = if filter == Some(true) { NAMES } else { NAMES.min(limit - found.len()) };
        let args = shard.args().bytes(after).value(step);
        let args = filter.into_iter().fold(args, crate::args::Args::flag);
        let mut reply = shard.run(script, args, &About::default()).await?;
        after = reply.text()?;
        while !reply.is_empty() {
            found.push(read(reply.list()?)?);
        }
        if after.is_empty() || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

/// What all shards have listed, by name.
fn by_name<T>(lists: Vec<Vec<T>>, limit: usize, name: fn(&T) -> &String) -> Vec<T> {
    let mut all: Vec<_> = lists.into_iter().flatten().collect();
    all.sort_unstable_by(|one, other| name(one).cmp(name(other)));
    all.truncate(limit);
    all
}
