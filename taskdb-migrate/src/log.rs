//! The event log of a store, a page at a time.

use taskdb::record::{EventRecord, Record};
use taskdb::request::ListEvents;
use taskdb::{EventFilter, EventsFrom, TaskDb};

use crate::adapt::Adapt;
use crate::error::{MigrateErr, Result};
use crate::mark::LogPlace;

/// Reads a log.
pub(crate) struct Log {
    name: String,
    db: TaskDb,
    place: LogPlace,
    adapt: Adapt,
    ended: bool,
}

impl Log {
    pub(crate) fn new(name: &str, db: &TaskDb, place: LogPlace, adapt: Adapt) -> Self {
        Self { name: name.to_owned(), db: db.clone(), place, adapt, ended: false }
    }

    /// Where it goes on.
    pub(crate) fn place(&self) -> &LogPlace {
        &self.place
    }

    /// The next page, numbered and adapted; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        if self.ended {
            return Ok(None);
        }
        let from = self.place.after.clone().map_or(EventsFrom::Start, EventsFrom::After);
        let page = self.db.list_events(from, EventFilter::default(), ListEvents::SCAN).await;
        let page = page.map_err(|error| MigrateErr::store(&self.name, error))?;
        self.ended = !page.more;
        self.place.after = Some(page.next);
        let mut records = Vec::with_capacity(page.events.len());
        for event in page.events {
            records.push(Record::Event(EventRecord { event, number: self.place.next }));
            self.place.next += 1;
        }
        self.adapt.records(records).map(Some)
    }
}
