//! Streams and schedules that have changed since they were copied.

use std::collections::HashMap;

use taskdb::record::{Record, StreamRecord};
use taskdb::request::{DeleteStream, Part, UpdateStream};
use taskdb::store::Gate;
use taskdb::{EventPolicy, ScheduleInfo, TaskDb};
use uuid::Uuid;

use super::Transfer;
use crate::compare::streams;
use crate::error::{MigrateErr, Result};
use crate::pages::Pages;
use crate::verify::{adapted_part, part};

/// Writes streams that are new.
pub(super) async fn add(copy: &Transfer<'_>, db: &TaskDb) -> Result<()> {
    let from = from(copy, db).await?;
    let streams: Vec<_> = from.into_values().map(Record::Stream).collect();
    copy.target.write(&streams).await
}

async fn from(copy: &Transfer<'_>, db: &TaskDb) -> Result<HashMap<Uuid, StreamRecord>> {
    let adapt = copy.options.adapt();
    streams(adapted_part(copy.source.name(), db, Part::Streams, adapt)).await
}

/// Makes the settings of streams equal, when all jobs are, and those of an event log that goes
/// along, and deletes schedules that are otherwise in the source. That asks for a wider gate;
/// `no-claims` is that for a moment, and only when there is something to change.
pub(super) async fn settle(copy: &Transfer<'_>, db: &TaskDb) -> Result<()> {
    let (target, from) = (copy.target, from(copy, db).await?);
    let mut to = streams(part(target.name(), target.db(), Part::Streams, false)).await?;
    let changed: Vec<_> = from
        .into_values()
        .filter(|stream| to.remove(&stream.stream_id).is_some_and(|copied| copied != *stream))
        .collect();
    let (schedules, policy) = (stale_schedules(copy, db).await?, policy(copy, db).await?);
    let streams = changed.len() + to.len();
    if streams + schedules.len() > 0 || policy.is_some() {
        target.mark(Gate::NoClaims, Some(&copy.mark)).await?;
        for stream in changed {
            change(copy, stream).await?;
        }
        for stream_id in to.into_keys() {
            target.told(target.db().store().delete_stream(DeleteStream { stream_id }).await)?;
        }
        for name in schedules {
            target.told(target.db().delete_schedule(&name).await)?;
        }
        if let Some(policy) = policy {
            target.told(target.db().set_events(policy).await)?;
        }
        copy.note().await?;
    }
    Ok(())
}

/// What the event log of the source takes and keeps, if it goes along and the target has
/// other rules.
async fn policy(copy: &Transfer<'_>, db: &TaskDb) -> Result<Option<EventPolicy>> {
    if !copy.options.events {
        return Ok(None);
    }
    let told = |error| MigrateErr::store(copy.source.name(), error);
    let from = db.describe().await.map_err(told)?.events;
    let to = copy.target.describe().await?.events;
    Ok((from != to).then_some(from))
}

/// Schedules that an interrupted copy has left and that are otherwise by now.
async fn stale_schedules(copy: &Transfer<'_>, db: &TaskDb) -> Result<Vec<String>> {
    let (from, to) = (copy.source.name(), copy.target.name());
    let from = schedules(part(from, db, Part::Rest, false)).await?;
    let to = schedules(part(to, copy.target.db(), Part::Rest, false)).await?;
    Ok(to.into_iter().filter(|found| !from.contains(found)).map(|found| found.name).collect())
}

async fn schedules(mut pages: Pages) -> Result<Vec<ScheduleInfo>> {
    let mut schedules = Vec::new();
    while let Some(page) = pages.next().await? {
        schedules.extend(page.records.into_iter().filter_map(|record| match record {
            Record::Schedule(schedule) => Some(schedule),
            _ => None,
        }));
    }
    Ok(schedules)
}

async fn change(copy: &Transfer<'_>, stream: StreamRecord) -> Result<()> {
    let (target, stream_id) = (copy.target, stream.stream_id);
    if stream.deleted {
        return target.told(target.db().store().delete_stream(DeleteStream { stream_id }).await);
    }
    let request = UpdateStream {
        stream_id,
        reserved: Some(stream.reserved),
        be_mult: Some(stream.be_mult),
        paused: Some(stream.paused),
    };
    target.told(target.db().store().update_stream(request).await)
}
