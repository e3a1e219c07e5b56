//! Streams: the scheduling lanes of users.

use uuid::Uuid;

use crate::state::share;
use crate::time::Timestamp;

/// What a store knows of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamInfo {
    /// Its id.
    pub stream_id: Uuid,
    /// Its place in the order of creation.
    pub age: u64,
    /// The pool of workers it feeds.
    pub worker_type: String,
    /// Its owner.
    pub user_id: String,
    /// Workers it is guaranteed.
    pub reserved: i32,
    /// Its weight above the guarantee.
    pub be_mult: f64,
    /// Whether claims pass it by.
    pub paused: bool,
    /// Tasks that wait for prerequisites or their start time.
    pub pending: u64,
    /// Tasks that can be claimed, by class: high, medium, low.
    pub ready: [u64; 3],
    /// Tasks that workers hold, of all classes.
    pub running: u64,
    /// Since when what is handed out next has been ready: of the first in line of each class,
    /// the earliest. How long work waits here is the time since then.
    pub ready_since: Option<Timestamp>,
}

impl StreamInfo {
    /// Its share at this moment; the smallest is served next.
    pub fn share(&self) -> f64 {
        share(i64::try_from(self.running).unwrap_or(i64::MAX), self.reserved, self.be_mult)
    }

    /// Whether any of its tasks can still change.
    pub fn has_unfinished(&self) -> bool {
        self.pending + self.running + self.ready.iter().sum::<u64>() > 0
    }
}
