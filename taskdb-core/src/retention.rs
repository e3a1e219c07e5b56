//! Retention: for how long finished jobs stay.

use std::time::Duration;

use crate::state::JobState;

/// How much of a kind is kept. What exceeds either bound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// For how long after its last change; for ever when `None`.
    pub age: Option<Duration>,
    /// How many of the newest; all when `None`.
    pub count: Option<u64>,
}

impl Keep {
    /// Everything, for ever.
    pub const ALL: Self = Self { age: None, count: None };

    const fn days(days: u64) -> Self {
        Self { age: Some(Duration::from_secs(days * 86_400)), count: Some(100_000) }
    }
}

/// How many finished jobs are kept, and for how long. A job with its flag `keep` set stays
/// whatever this says.
///
/// ```
/// use taskdb_core::{Keep, Retention};
/// let retention = Retention { failed: Keep::ALL, ..Retention::default() };
/// assert_eq!(retention.done.count, Some(100_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Jobs that are done.
    pub done: Keep,
    /// Jobs that have failed.
    pub failed: Keep,
    /// Jobs that were cancelled.
    pub cancelled: Keep,
}

impl Default for Retention {
    /// A week for what is done or was cancelled, thirty days for what has failed, and at
    /// most 100 000 jobs of each.
    fn default() -> Self {
        Self { done: Keep::days(7), failed: Keep::days(30), cancelled: Keep::days(7) }
    }
}

impl Retention {
    /// Everything stays.
    pub const OFF: Self = Self { done: Keep::ALL, failed: Keep::ALL, cancelled: Keep::ALL };

    /// What is kept of each finished state.
    pub fn by_state(&self) -> [(JobState, Keep); 3] {
        [
            (JobState::Done, self.done),
            (JobState::Failed, self.failed),
            (JobState::Cancelled, self.cancelled),
        ]
    }
}

/// How many jobs a purge has deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Jobs that were done.
    pub done: u64,
    /// Jobs that had failed.
    pub failed: u64,
    /// Jobs that were cancelled.
    pub cancelled: u64,
}
