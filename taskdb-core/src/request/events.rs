//! Requests about the event log.

use super::Request;
use super::checks::{self, Checks};
use crate::error::{Result, TaskDbErr};
use crate::event::{EventFilter, EventPage, EventPolicy, EventsFrom};
use crate::limits::Limits;

/// Reads a part of the event log.
#[derive(Debug, Clone, Default)]
pub struct ListEvents {
    /// From where.
    pub from: EventsFrom,
    /// Which events.
    pub filter: EventFilter,
    /// At most this many.
    pub limit: usize,
}

impl ListEvents {
    /// The most events that a page looks through.
    pub const SCAN: usize = 1_000;
}

impl Request for ListEvents {
    const VERB: &'static str = "list_events";
    type Reply = EventPage;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        if let Some(task_id) = &self.filter.task_id {
            checks.reference("task_id", task_id);
        }
        checks.page(self.limit).finish()
    }

    fn subject(&self) -> String {
        self.filter.job_id.as_ref().map_or_else(String::new, checks::job)
    }
}

/// Says what the event log takes, and for how long it keeps it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetEvents {
    /// From now on.
    pub policy: EventPolicy,
}

impl Request for SetEvents {
    const VERB: &'static str = "set_events";
    type Reply = ();

    fn check(&mut self, _: &Limits) -> Result<()> {
        let EventPolicy { max_age, max_count, .. } = self.policy;
        if max_age.is_zero() {
            return Err(TaskDbErr::invalid("max_age", "must be longer than nothing"));
        }
        // Stores count in signed numbers of 64 bits and times in microseconds.
        if max_count == 0 || max_count > 1 << 40 {
            return Err(TaskDbErr::invalid("max_count", "must be from 1 to 2^40"));
        }
        Ok(())
    }

    fn subject(&self) -> String {
        format!("level {}", self.policy.level)
    }
}
