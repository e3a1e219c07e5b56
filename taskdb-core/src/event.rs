//! The event log: what has happened to jobs and tasks, and for how long that is kept.
//!
//! Following it is in [`crate::subscription`].

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::coded::{coded, named};
use crate::error::TaskDbErr;
use crate::time::Timestamp;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A job or a task came into being.
    Created,
    /// A task can be claimed.
    Ready,
    /// A worker has claimed a task.
    Claimed,
    /// A worker has reported progress; the detail is the number reported.
    Progress,
    /// A task has its result; a job has nothing left to do.
    Done,
    /// A task or a job has failed; the detail is the error.
    Failed,
    /// A task goes back to wait for its next attempt, or a job that was over runs again; the
    /// detail is the reason.
    Retried,
    /// A task or a job was cancelled.
    Cancelled,
    /// A job was deleted, by a call or by retention.
    Deleted,
}

coded!(EventKind {
    Created = "created",
    Ready = "ready",
    Claimed = "claimed",
    Progress = "progress",
    Done = "done",
    Failed = "failed",
    Retried = "retried",
    Cancelled = "cancelled",
    Deleted = "deleted",
});
named!(EventKind, "kind");

/// Why an attempt was followed by another: details of [`EventKind::Retried`].
pub mod reason {
    /// The worker, or somebody in its place, gave the attempt up.
    pub const GIVEN_UP: &str = "given up";
    /// The claim expired without a word of the worker.
    pub const LOST: &str = "lost";
    /// The worker put the task back with nothing held against it.
    pub const RELEASED: &str = "released";
    /// The job was replayed, or one task of it.
    pub const REPLAYED: &str = "replayed";
    /// New tasks came into a job that was done.
    pub const NEW_TASKS: &str = "new tasks";
}

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, by the clock of the store.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// The job.
    pub job_id: Uuid,
    /// The task, unless it happened to the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// Of a task that has been claimed: which attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    /// Of a task that was running before or after it: the worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<String>,
    /// An error, a reason or a number, by the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A place in the event log. It stays valid for ever and means nothing to another store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventPosition(String);

impl EventPosition {
    /// A place by the text that a backend has given it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The error for a text that is not of this store.
    pub fn refuse(&self) -> TaskDbErr {
        let reason = format!("`{}` is no place in the log of this store", self.0);
        TaskDbErr::invalid("position", reason)
    }
}

impl fmt::Display for EventPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// From where a log is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EventsFrom {
    /// The oldest event that is kept.
    #[default]
    Start,
    /// What has not happened yet.
    End,
    /// What comes after a place.
    After(EventPosition),
}

/// Which events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Only those of this job and its tasks.
    pub job_id: Option<Uuid>,
    /// Only those of the task of this name.
    pub task_id: Option<String>,
    /// Only these kinds; all when empty.
    pub kinds: Vec<EventKind>,
    /// Only those at this time or later.
    pub since: Option<Timestamp>,
    /// Only those before this time.
    pub until: Option<Timestamp>,
}

impl EventFilter {
    /// Whether it lets an event pass.
    pub fn matches(&self, event: &Event) -> bool {
        self.job_id.is_none_or(|id| id == event.job_id)
            && self.task_id.as_ref().is_none_or(|id| event.task_id.as_ref() == Some(id))
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && self.since.is_none_or(|time| event.at >= time)
            && self.until.is_none_or(|time| event.at < time)
    }
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// What passed the filter, as it happened.
    pub events: Vec<Event>,
    /// Where to go on.
    pub next: EventPosition,
    /// Whether there is more at present. A page with more to come may have few events or
    /// none: what it looks through is bounded too.
    pub more: bool,
}

/// What is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventLevel {
    /// Nothing.
    Off,
    /// What happens to jobs; failures, retries and cancellations of tasks.
    #[default]
    Essential,
    /// Every transition of every task as well.
    All,
}

coded!(EventLevel {
    Off = "off",
    Essential = "essential",
    All = "all",
});
named!(EventLevel, "level");

impl EventLevel {
    /// Whether an event of this kind is written down, of a task or of a job.
    pub const fn takes(self, kind: EventKind, of_task: bool) -> bool {
        match self {
            Self::Off => false,
            Self::All => true,
            Self::Essential => {
                let ends_badly =
                    matches!(kind, EventKind::Failed | EventKind::Retried | EventKind::Cancelled);
                !of_task || ends_badly
            }
        }
    }
}

/// What the log of a namespace takes, and for how long it keeps it.
///
/// ```
/// use taskdb_core::{EventLevel, EventPolicy};
/// let policy = EventPolicy { level: EventLevel::All, ..EventPolicy::default() };
/// assert_eq!(policy.max_count, 100_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EventPolicy {
    /// What is written down.
    pub level: EventLevel,
    /// For how long events stay.
    pub max_age: Duration,
    /// How many of the newest stay.
    pub max_count: u64,
}

impl Default for EventPolicy {
    /// The essential, for a week, at most 100 000.
    fn default() -> Self {
        let max_age = Duration::from_secs(7 * 86_400);
        Self { level: EventLevel::default(), max_age, max_count: 100_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_tasks_that_go_well_say_nothing() {
        let taken = |of_task| {
            let takes = |kind: &EventKind| EventLevel::Essential.takes(*kind, of_task);
            EventKind::ALL.into_iter().filter(takes).collect::<Vec<_>>()
        };
        assert_eq!(taken(false), EventKind::ALL);
        assert_eq!(taken(true), [EventKind::Failed, EventKind::Retried, EventKind::Cancelled]);
    }
}
