//! `list_events`: a part of the event log.
//!
//! A position is the entry to go on after in each shard, in the order of the shards.

use std::collections::VecDeque;

use taskdb_core::request::ListEvents;
use taskdb_core::{Event, EventKind, EventPage, EventPosition, EventsFrom, Result, Timestamp};

use crate::error::corrupt;
use crate::reply::{About, Reply};
use crate::scripts;
use crate::shards::Shard;
use crate::store::RedisStore;

/// What a shard has from a place on.
struct Part {
    /// The entry to go on after.
    place: String,
    /// What follows it, each with its own entry.
    entries: VecDeque<(String, Event)>,
    /// Whether there is more behind those.
    more: bool,
}

pub(crate) async fn run(store: &RedisStore, request: &ListEvents) -> Result<EventPage> {
    let from = &places(&request.from, store.shards.len())?;
    let limit = request.limit.min(ListEvents::SCAN);
    let ask = store.ask_all(|shard| Box::pin(at(shard, from[shard.index()].clone(), limit)));
    let mut parts = ask.await?;
    let mut events = Vec::new();
    while events.len() < request.limit {
        // Within a shard as they were written; among shards the earlier first.
        let earliest = parts.iter_mut().filter(|part| !part.entries.is_empty());
        let Some(part) = earliest.min_by_key(|part| part.entries[0].1.at) else { break };
        let Some((place, event)) = part.entries.pop_front() else { break };
        part.place = place;
        events.extend(Some(event).filter(|event| request.filter.matches(event)));
    }
    let more = parts.iter().any(|part| part.more || !part.entries.is_empty());
    let places: Vec<_> = parts.into_iter().map(|part| part.place).collect();
    Ok(EventPage { events, next: EventPosition::new(places.join(",")), more })
}

/// Where to begin in each shard.
fn places(from: &EventsFrom, shards: usize) -> Result<Vec<String>> {
    let position = match from {
        EventsFrom::Start => return Ok(vec!["-".to_owned(); shards]),
        EventsFrom::End => return Ok(vec!["+".to_owned(); shards]),
        EventsFrom::After(position) => position,
    };
    let places: Vec<_> = position.as_str().split(',').map(str::to_owned).collect();
    if places.len() == shards && places.iter().all(|place| is_entry(place)) {
        Ok(places)
    } else {
        Err(position.refuse())
    }
}

/// Two numbers, as a stream names its entries.
fn is_entry(place: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().is_ok_and(|number| number.to_string() == text);
    place.split_once('-').is_some_and(|(time, count)| number(time) && number(count))
}

async fn at(shard: Shard<'_>, from: String, limit: usize) -> Result<Part> {
    let before = if from == "-" { "0-0".to_owned() } else { from.clone() };
    let args = shard.args().value(from).value(limit);
    let mut reply = shard.run(&scripts::list_events, args, &About::default()).await?;
    let (place, more) = (reply.text()?, reply.flag()?);
    let mut entries = VecDeque::new();
    while !reply.is_empty() {
        let mut entry = reply.list()?;
        entries.push_back((entry.text()?, read(entry.list()?)?));
    }
    // What was read is passed one by one.
    let place = if entries.is_empty() { place } else { before };
    Ok(Part { place, entries, more })
}

fn read(mut fields: Reply) -> Result<Event> {
    let (mut at, mut kind, mut job_id) = (None, None, None);
    let (mut task_id, mut attempt, mut worker_id, mut detail) = (None, None, None, None);
    while !fields.is_empty() {
        match fields.text()?.as_str() {
            "at" => at = Some(Timestamp::from_micros(fields.parse()?)),
            "kind" => kind = Some(fields.text()?.parse::<EventKind>()?),
            "job" => job_id = Some(fields.parse()?),
            "task" => task_id = Some(fields.text()?),
            "attempt" => attempt = Some(fields.parse()?),
            "worker" => worker_id = Some(fields.text()?),
            "detail" => detail = Some(fields.text()?),
            // A later release may write more.
            _ => drop(fields.bytes()?),
        }
    }
    let missing = || corrupt("an event is incomplete");
    let (at, kind) = (at.ok_or_else(missing)?, kind.ok_or_else(missing)?);
    if kind == EventKind::Progress {
        // The script was given it with the digits of a number of twice the size.
        let shorter = |text: String| text.parse::<f32>().map_or(text, |number| number.to_string());
        detail = detail.map(shorter);
    }
    let job_id = job_id.ok_or_else(missing)?;
    Ok(Event { at, kind, job_id, task_id, attempt, worker_id, detail })
}
