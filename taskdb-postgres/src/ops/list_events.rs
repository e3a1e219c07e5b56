//! `list_events`: a part of the event log.
//!
//! A place in it is the number of a transaction and that of an event, as in `712:40`. What
//! transactions write that are still open comes behind everything that is shown.

use sqlx::postgres::PgRow;
use taskdb_core::request::ListEvents;
use taskdb_core::{Event, EventFilter, EventKind, EventPage, EventPosition, EventsFrom, Result};

use crate::args::Args;
use crate::error::corrupt;
use crate::row::{self, get};
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListEvents) -> Result<EventPage> {
    let from = match &request.from {
        EventsFrom::Start => Some(Place::default()),
        EventsFrom::End => None,
        EventsFrom::After(position) => Some(Place::read(position)?),
    };
    let most = match request.filter == EventFilter::default() {
        true => ListEvents::SCAN.min(request.limit),
        false => ListEvents::SCAN,
    };
    // One more row than are looked through tells whether there is more.
    let rows = if from.is_some() { most + 1 } else { 0 };
    let Place { xid, event } = from.unwrap_or_default();
    let args = Args::default()
        .add(xid.to_string())
        .add(event)
        .add(i64::try_from(rows).unwrap_or(i64::MAX));
    let rows = session.read(Statement::list_events, args).await?;
    let first = rows.first().ok_or_else(|| corrupt("the server does not tell its place"))?;
    if let EventsFrom::After(position) = &request.from
        && xid >= number(first, "xmax")?
    {
        return Err(position.refuse());
    }
    match from {
        Some(from) => page(request, from, &rows),
        None => Ok(EventPage { events: Vec::new(), next: end(first)?.position(), more: false }),
    }
}

/// A place behind an event.
#[derive(Clone, Copy, Default)]
struct Place {
    xid: u64,
    event: i64,
}

impl Place {
    fn read(position: &EventPosition) -> Result<Self> {
        let numbers = position.as_str().split_once(':');
        let read = |(xid, event): (&str, &str)| {
            let event = event.parse().ok().filter(|event| *event >= 0)?;
            Some(Self { xid: xid.parse().ok()?, event })
        };
        numbers.and_then(read).ok_or_else(|| position.refuse())
    }

    fn position(self) -> EventPosition {
        EventPosition::new(format!("{}:{}", self.xid, self.event))
    }
}

/// Behind all that is shown, and before all that open transactions write.
fn end(row: &PgRow) -> Result<Place> {
    Ok(Place { xid: number(row, "xmin")?.saturating_sub(1), event: i64::MAX })
}

/// A number that the driver knows as text only.
fn number(row: &PgRow, column: &str) -> Result<u64> {
    let text: String = get(row, column)?;
    text.parse().map_err(|_| corrupt(format!("`{column}` is {text}")))
}

/// What passes the filter of the rows behind a place.
fn page(request: &ListEvents, from: Place, rows: &[PgRow]) -> Result<EventPage> {
    let (mut events, mut next, mut read) = (Vec::new(), from, 0);
    let mut found = rows.iter().filter(|row| !is_empty(row)).peekable();
    while read < ListEvents::SCAN && events.len() < request.limit {
        let Some(row) = found.next() else { break };
        next = Place { xid: number(row, "xid")?, event: get(row, "event")? };
        read += 1;
        events.extend(Some(event(row)?).filter(|event| request.filter.matches(event)));
    }
    Ok(EventPage { events, next: next.position(), more: found.peek().is_some() })
}

/// The row that stands for no event.
fn is_empty(row: &PgRow) -> bool {
    get::<Option<i64>>(row, "event").is_ok_and(|event| event.is_none())
}

fn event(row: &PgRow) -> Result<Event> {
    let kind = row::coded(row, "kind", EventKind::from_code)?;
    let detail = row::text(row, "detail")?;
    let attempt: Option<i64> = get(row, "attempt")?;
    Ok(Event {
        at: row::time(row, "at")?,
        kind,
        job_id: get(row, "job_id")?,
        task_id: get(row, "task_id")?,
        attempt: attempt.and_then(|attempt| u64::try_from(attempt).ok()),
        worker_id: get(row, "worker_id")?,
        detail: match kind {
            EventKind::Progress => detail.map(reported),
            _ => detail,
        },
    })
}

/// A number as all stores write it; Postgres has its own way.
fn reported(number: String) -> String {
    number.parse().map_or(number, |number: f32| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_and_nothing_else_is_one() {
        for text in ["0:0", "712:40", "18446744073709551615:9223372036854775807"] {
            let place = Place::read(&EventPosition::new(text)).expect(text);
            assert_eq!(place.position().as_str(), text);
        }
        for text in ["", "7", ":", "7:", ":7", "7:-1", "-7:1", "7:1:2", "7:9223372036854775808"] {
            assert!(Place::read(&EventPosition::new(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_read_as_every_store_writes_them() {
        for (stored, reads) in [("0.25", "0.25"), ("1", "1"), ("1e-05", "0.00001")] {
            assert_eq!(reported(stored.to_owned()), reads);
        }
    }
}
