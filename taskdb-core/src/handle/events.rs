//! Calls about the event log.

use uuid::Uuid;

use super::TaskDb;
use crate::error::Result;
use crate::event::{Event, EventFilter, EventKind, EventPage, EventPolicy, EventsFrom};
use crate::request::{ListEvents, SetEvents};
use crate::subscription::Events;

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
    /// none is dropped by the bounds of the log before it was read. [`EventsFrom::End`] is where
    /// the log ends when `next` is first answered, not when this is called.
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
        Events::new(self.clone(), from, filter)
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
