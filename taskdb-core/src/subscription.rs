//! Following the event log, from a place on and without end.

use std::collections::VecDeque;
use std::time::Duration;

use crate::error::Result;
use crate::event::{Event, EventFilter, EventPosition, EventsFrom};
use crate::handle::TaskDb;

/// How many events a subscription reads at once.
const PAGE: usize = 500;

/// How long a subscription waits before it asks again: this long after something has
/// happened, twice as long each time that nothing has, and the second at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// A subscription to the event log.
#[derive(Debug)]
pub struct Events {
    db: TaskDb,
    filter: EventFilter,
    from: EventsFrom,
    read: VecDeque<Event>,
    /// Where the page ends whose events are in `read`.
    behind: Option<EventPosition>,
    /// Up to where every event has been handed out.
    seen: Option<EventPosition>,
    pause: Duration,
}

impl Events {
    pub(crate) fn new(db: TaskDb, from: EventsFrom, filter: EventFilter) -> Self {
        let (behind, seen) = (None, None);
        Self { db, filter, from, read: VecDeque::new(), behind, seen, pause: PAUSES.0 }
    }

    /// The next event; waits until there is one. After an error the same call can be made
    /// again, and nothing has been passed by.
    ///
    /// # Errors
    ///
    /// Those of the store; `InvalidArgument` for a position of another store.
    pub async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                if self.read.is_empty() {
                    self.seen.clone_from(&self.behind);
                }
                return Ok(event);
            }
            self.fill().await?;
        }
    }

    /// Up to where every event has been handed out. A subscription that begins there sees
    /// what this one has not, and may see some that it has.
    pub fn position(&self) -> Option<&EventPosition> {
        self.seen.as_ref()
    }

    async fn fill(&mut self) -> Result<()> {
        let page = self.db.list_events(self.from.clone(), self.filter.clone(), PAGE).await?;
        self.from = EventsFrom::After(page.next.clone());
        self.behind = Some(page.next);
        if page.events.is_empty() {
            self.seen.clone_from(&self.behind);
        }
        let idle = page.events.is_empty() && !page.more;
        self.read.extend(page.events);
        if idle {
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(PAUSES.1);
        } else {
            self.pause = PAUSES.0;
        }
        Ok(())
    }
}
