//! Following the event log without async.

use taskdb_core::{Event, EventPosition, Result, TaskDbErr};

use super::runtime::run;

/// A subscription to the event log, as [`crate::Events`]; as an iterator it never ends.
#[derive(Debug)]
pub struct Events(Option<crate::Events>);

impl From<crate::Events> for Events {
    fn from(events: crate::Events) -> Self {
        Self(Some(events))
    }
}

impl Events {
    /// Up to where every event has been handed out, as
    /// [`position`](crate::Events::position) of the async subscription.
    pub fn position(&self) -> Option<&EventPosition> {
        self.0.as_ref().and_then(crate::Events::position)
    }
}

impl Iterator for Events {
    type Item = Result<Event>;

    /// Waits for the next event. After an error the next call tries again.
    fn next(&mut self) -> Option<Result<Event>> {
        // A panic within the call takes the subscription along.
        let mut events = self.0.take()?;
        let waited = run(async move {
            let event = events.next().await;
            Ok::<_, TaskDbErr>((events, event))
        });
        Some(waited.and_then(|(events, event)| {
            self.0 = Some(events);
            event
        }))
    }
}
