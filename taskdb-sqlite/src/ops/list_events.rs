//! `list_events`: a part of the event log.

use rusqlite::Row;
use taskdb_core::request::ListEvents;
use taskdb_core::{Event, EventKind, EventPage, EventPosition, EventsFrom, Timestamp};

use crate::error::{Outcome, corrupt};
use crate::row;
use crate::sql;
use crate::unit::Unit;

pub(crate) fn run(unit: &mut Unit<'_>, request: &ListEvents) -> Outcome<EventPage> {
    let end = unit.log()?.next;
    let from = match &request.from {
        EventsFrom::Start => 0,
        EventsFrom::End => end,
        EventsFrom::After(position) => {
            let number = position.as_str().parse::<i64>().ok();
            number.filter(|number| (0..=end).contains(number)).ok_or_else(|| position.refuse())?
        }
    };
    let (mut events, mut next, mut read) = (Vec::new(), from, 0);
    unit.each(sql::events::page, (unit.ns, from, ListEvents::SCAN), |row| {
        let event = event(row)?;
        next = row.get::<_, i64>(0)? + 1;
        read += 1;
        if request.filter.matches(&event) {
            events.push(event);
        }
        Ok(events.len() < request.limit)
    })?;
    let more = next < end && (read == ListEvents::SCAN || events.len() == request.limit);
    Ok(EventPage { events, next: EventPosition::new(next.to_string()), more })
}

fn event(row: &Row<'_>) -> Outcome<Event> {
    let code = row.get(2)?;
    Ok(Event {
        at: Timestamp::from_micros(row.get(1)?),
        kind: EventKind::from_code(code).ok_or_else(|| corrupt(format!("event kind {code}")))?,
        job_id: row::id(row, 3)?,
        task_id: row.get(4)?,
        attempt: row.get::<_, Option<i64>>(5)?.and_then(|attempt| u64::try_from(attempt).ok()),
        worker_id: row.get(6)?,
        detail: row.get(7)?,
    })
}
