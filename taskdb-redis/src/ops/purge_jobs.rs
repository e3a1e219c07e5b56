//! `purge_jobs`: deletes jobs that have been finished for long, in steps.
//!
//! A single shard judges and deletes in one step. With several, the oldest jobs of all are
//! put in order here first; each shard then deletes at most those of its own that were
//! chosen, and judges them again.

use taskdb_core::Result;
use taskdb_core::request::PurgeJobs;

use super::STEP;
use crate::args::Args;
use crate::reply::About;
use crate::script::Kind;
use crate::scripts;
use crate::shards::{Shard, partly};
use crate::store::RedisStore;

/// What one shard may delete.
struct Share {
    /// How many of its newest stay, unless they are old.
    newest: Option<u64>,
    /// The highest number of a job that goes.
    upto: Option<u64>,
    limit: u64,
}

/// The oldest jobs of a shard.
struct Oldest {
    /// How many there are in all.
    count: u64,
    /// Number of each, and whether it has not changed for long.
    jobs: Vec<(u64, bool)>,
}

pub(crate) async fn run(store: &RedisStore, request: &PurgeJobs) -> Result<u64> {
    if store.shards.is_one() {
        let share = Share { newest: request.keep_newest, upto: None, limit: request.limit };
        return purge(store.first(), request, share).await;
    }
    let none = Share { newest: None, upto: None, limit: 0 };
    let mut purged = purge(store.first(), request, none).await?;
    while purged < request.limit {
        let most = STEP.min(request.limit - purged);
        let oldest = store.ask_all(|shard| Box::pin(oldest(shard, request, most))).await?;
        let mut step = 0;
        for (index, share) in shares(&oldest, request.keep_newest, most) {
            let part = purge(store.shard(index), request, share).await;
            step += if purged + step == 0 { part? } else { part.map_err(partly)? };
        }
        purged += step;
        if step < most {
            break;
        }
    }
    Ok(purged)
}

/// Which of the oldest jobs of all shards go: those that are one too many or old, until one
/// is neither.
fn shares(oldest: &[Oldest], newest: Option<u64>, most: u64) -> Vec<(usize, Share)> {
    let count: u64 = oldest.iter().map(|shard| shard.count).sum();
    let surplus = newest.map_or(0, |newest| count.saturating_sub(newest));
    let mut jobs: Vec<_> = oldest
        .iter()
        .enumerate()
        .flat_map(|(shard, found)| found.jobs.iter().map(move |job| (job.0, shard, job.1)))
        .collect();
    jobs.sort_unstable();
    let mut shares: Vec<Option<Share>> = oldest.iter().map(|_| None).collect();
    for (place, (number, shard, old)) in (0..most).zip(jobs) {
        if place >= surplus && !old {
            break;
        }
        let count = oldest[shard].count;
        let share = shares[shard].get_or_insert(Share {
            newest: Some(count),
            upto: Some(number),
            limit: 0,
        });
        (share.upto, share.limit) = (Some(number), share.limit + 1);
        if place < surplus {
            share.newest = Some(count - share.limit);
        }
    }
    shares.into_iter().enumerate().filter_map(|(i, share)| Some((i, share?))).collect()
}

/// Arguments that begin with what both scripts are told of the request.
fn about(shard: Shard<'_>, request: &PurgeJobs) -> Args {
    shard.args().value(request.state.code()).maybe(request.older_than.map(crate::args::micros))
}

async fn oldest(shard: Shard<'_>, request: &PurgeJobs, most: u64) -> Result<Oldest> {
    let (mut found, mut from) = (Oldest { count: 0, jobs: Vec::new() }, Some(0));
    while let Some(number) = from.filter(|_| (found.jobs.len() as u64) < most) {
        let args = about(shard, request).value(number).value(most - found.jobs.len() as u64);
        let mut reply = shard.run(&scripts::find_purgeable, args, &About::default()).await?;
        found.count = reply.parse()?;
        from = reply.parse_or_empty::<u64>()?;
        while !reply.is_empty() {
            let mut job = reply.list()?;
            found.jobs.push((job.parse()?, job.flag()?));
        }
    }
    Ok(found)
}

async fn purge(shard: Shard<'_>, request: &PurgeJobs, share: Share) -> Result<u64> {
    let (mut purged, mut from) = (0, 0);
    let upto = share.upto.map_or_else(|| "+inf".to_owned(), |number| number.to_string());
    // Also where none may go: a closed gate is an error.
    loop {
        let args = about(shard, request)
            .maybe(share.newest)
            .value(from)
            .bytes(upto.as_str())
            .value(STEP.min(share.limit - purged));
        let script = &scripts::purge_jobs;
        let mut reply = shard.run_as(Kind::Once, script, args, &About::default()).await?;
        purged += reply.parse::<u64>()?;
        match reply.parse_or_empty()? {
            Some(next) if purged < share.limit => from = next,
            _ => return Ok(purged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shard, how many of its newest stay, highest number and limit of each share.
    fn chosen(newest: Option<u64>, most: u64) -> Vec<(usize, u64, u64, u64)> {
        let oldest = [
            Oldest { count: 4, jobs: vec![(0, true), (3, false), (9, true), (12, true)] },
            Oldest { count: 9, jobs: vec![(1, true), (4, true), (7, true), (10, false)] },
        ];
        let shares = shares(&oldest, newest, most);
        let flat = |(i, share): (usize, Share)| {
            (i, share.newest.unwrap(), share.upto.unwrap(), share.limit)
        };
        shares.into_iter().map(flat).collect()
    }

    #[test]
    fn a_job_that_may_stay_ends_the_choice_in_every_shard() {
        assert_eq!(chosen(None, 99), [(0, 4, 0, 1), (1, 9, 1, 1)]);
        assert_eq!(chosen(Some(13), 99), [(0, 4, 0, 1), (1, 9, 1, 1)]);
    }

    #[test]
    fn what_is_too_much_goes_by_the_age_of_all() {
        assert_eq!(chosen(Some(10), 99), [(0, 2, 9, 3), (1, 8, 7, 3)]);
        assert_eq!(chosen(Some(10), 2), [(0, 3, 0, 1), (1, 8, 1, 1)]);
        assert_eq!(chosen(Some(0), 0), []);
    }
}
