//! Calls about the event log, and the subscription to it.

use std::collections::VecDeque;
use std::time::Duration;

use uuid::Uuid;

use super::TaskDb;
use crate::error::Result;
use crate::event::{
    Event, EventFilter, EventKind, EventPage, EventPolicy, EventPosition, EventsFrom,
};
use crate::request::{ListEvents, SetEvents};

/// How many events a subscription reads at once.
const PAGE: usize = 500;

/// How long a subscription waits before it asks again: this long after something has
/// happened, twice as long each time that nothing has, and the second at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

impl TaskDb {
    /// A part of the event log, of what the filter lets pass, at most `limit` events. Go on
    /// from [`EventPage::next`] as long as there is [more](EventPage::more).
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a limit of 0, or a position of another store.
    pub async fn list_events(
        &self,
        from: EventsFrom,
        filter: EventFilter,
        limit: usize,
    ) -> Result<EventPage> {
        self.store.list_events(ListEvents { from, filter, limit }).await
    }

    /// Says what the event log of the namespace takes from now on, and for how long it keeps
    /// it. What is in force is in [`describe`](Self::describe).
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a policy that keeps nothing: use the level `Off`.
    pub async fn set_events(&self, policy: EventPolicy) -> Result<()> {
        self.store.set_events(SetEvents { policy }).await
    }

    /// Follows the event log from a place on, without ever passing an event by, as long as
    /// none is dropped by the bounds of the log before it was read.
    ///
    /// ```
    /// # use taskdb_core::{EventFilter, EventKind, EventsFrom, TaskDb};
    /// # async fn follow(db: TaskDb) -> taskdb_core::Result<()> {
    /// let failures = EventFilter { kinds: vec![EventKind::Failed], ..EventFilter::default() };
    /// let mut events = db.subscribe(EventsFrom::End, failures);
    /// loop {
    ///     let event = events.next().await?;
    ///     println!("{} {:?}", event.job_id, event.detail);
    ///     // Keep `events.position()` to go on from here in another process.
    /// }
    /// # }
    /// ```
    pub fn subscribe(&self, from: EventsFrom, filter: EventFilter) -> Events {
        Events {
            db: self.clone(),
            filter,
            from,
            read: VecDeque::new(),
            behind: None,
            seen: None,
            pause: PAUSES.0,
        }
    }

    /// The attempts at a task that are over and what ended each, the oldest first, as far as
    /// the event log keeps them. At the level `Essential` an attempt that went well is not
    /// among them: the task itself tells of it.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn list_attempts(&self, job_id: &Uuid, task_id: &str) -> Result<Vec<Event>> {
        let filter = EventFilter {
            job_id: Some(*job_id),
            task_id: Some(task_id.to_owned()),
            kinds: vec![
                EventKind::Done,
                EventKind::Failed,
                EventKind::Retried,
                EventKind::Cancelled,
            ],
            ..EventFilter::default()
        };
        let (mut from, mut attempts) = (EventsFrom::Start, Vec::new());
        loop {
            let page = self.list_events(from, filter.clone(), ListEvents::SCAN).await?;
            attempts.extend(page.events.into_iter().filter(|event| event.worker_id.is_some()));
            if !page.more {
                return Ok(attempts);
            }
            from = EventsFrom::After(page.next);
        }
    }
}

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
