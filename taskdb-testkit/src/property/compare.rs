//! Compares everything two stores hold: reads, portable records, and the audit
//! of the subject.

use std::collections::BTreeSet;

use taskdb_core::record::{JobRecord, Record, StreamRecord};
use taskdb_core::request::*;
use taskdb_core::{Clock, INIT_TASK, TaskDb, Timestamp};
use uuid::Uuid;

use super::events;
use super::run::{Outcome, Pair, both};
use super::world::{self, USERS};

/// Odd, so that pages end in the middle of jobs.
const PAGE: usize = 7;

/// Holds when no difference can be seen and no invariant is broken.
pub(super) async fn everything(pair: &Pair) -> Outcome {
    reads(pair).await?;
    for job in &pair.world.jobs {
        job_reads(pair, job.job_id).await?;
    }
    events::same(pair).await?;
    let now = pair.clock.now();
    let expected = records(&pair.model, now).await?;
    let actual = records(&pair.subject, now).await?;
    same_records(&expected, &actual)?;
    match pair.subject.audit().await.map_err(|error| format!("audit: {error}"))?.as_slice() {
        [] => Ok(()),
        found => Err(format!("audit finds {found:#?}")),
    }
}

async fn reads(pair: &Pair) -> Outcome {
    both!(pair, describe, Describe { size: false })?.ok();
    both!(pair, list_streams, ListStreams { limit: 1_000, ..Default::default() })?.ok();
    both!(pair, list_jobs, ListJobs { limit: 1_000, ..Default::default() })?.ok();
    both!(pair, get_task_state_counts, GetTaskStateCounts {})?.ok();
    both!(pair, check_stuck_pending_tasks, CheckStuckPendingTasks {})?.ok();
    for user in USERS {
        let user_id = user.to_owned();
        both!(pair, get_concurrent_jobs, GetConcurrentJobs { user_id })?.ok();
    }
    Ok(())
}

async fn job_reads(pair: &Pair, job_id: Uuid) -> Outcome {
    both!(pair, get_job, GetJob { job_id })?.ok();
    let all = ListTasks { job_id, state: None, after: None, limit: 1_000 };
    both!(pair, list_tasks, all)?.ok();
    let there = world::tasks(&pair.model, job_id).await;
    let mut names: BTreeSet<_> = there.into_iter().map(|task| task.task_id).collect();
    // The output of `init` may outlive its job.
    names.insert(INIT_TASK.to_owned());
    for task_id in names {
        both!(pair, get_task_output, GetTaskOutput { job_id, task_id })?.ok();
    }
    Ok(())
}

/// All records, without what a store may choose freely.
async fn records(db: &TaskDb, now: Timestamp) -> Outcome<Vec<Record>> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = db.export(cursor, PAGE).await.map_err(|error| format!("export: {error}"))?;
        all.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(normalised(all, now));
        }
    }
}

fn normalised(all: Vec<Record>, now: Timestamp) -> Vec<Record> {
    let named: BTreeSet<_> = all.iter().filter_map(stream_of).collect();
    let (mut kept, mut schedules) = (Vec::new(), Vec::new());
    let mut records = Vec::new();
    for record in all {
        match record {
            Record::Stream(stream) if stream.deleted && !named.contains(&stream.stream_id) => {}
            Record::Stream(stream) => {
                records.push(Record::Stream(StreamRecord { age: 0, ..stream }))
            }
            Record::Job(job) => {
                let lives = |key: &(_, Option<Timestamp>)| key.1.is_none_or(|end| end > now);
                let key = job.key.clone().filter(lives);
                records.push(Record::Job(JobRecord { age: 0, key, ..job }));
            }
            Record::KeptOutput(output) if output.expires_at > now => kept.push(output),
            Record::KeptOutput(_) => {}
            Record::Schedule(schedule) => schedules.push(schedule),
            other => records.push(other),
        }
    }
    kept.sort_by_key(|output| output.job_id);
    records.extend(kept.into_iter().map(Record::KeptOutput));
    records.extend(schedules.into_iter().map(Record::Schedule));
    records
}

fn stream_of(record: &Record) -> Option<Uuid> {
    match record {
        Record::Task(task) => Some(task.stream_id),
        _ => None,
    }
}

/// The first difference says more than two long lists.
fn same_records(expected: &[Record], actual: &[Record]) -> Outcome {
    if expected == actual {
        return Ok(());
    }
    let longest = expected.len().max(actual.len());
    let differs = |i: &usize| expected.get(*i) != actual.get(*i);
    let first = (0..longest).find(differs).unwrap_or_default();
    let (should, is) = (expected.get(first), actual.get(first));
    Err(format!("export, record {first}\n  should be {should:#?}\n  but is    {is:#?}"))
}
