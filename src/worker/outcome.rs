//! How attempts end: what a worker tells its hooks and counts.

use std::fmt;
use std::time::Duration;

use taskdb_core::{ClaimLostReason, JobState};

/// How an attempt ended, once the store has taken it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Ended {
    /// The output is stored, and the children are created.
    Done,
    /// Another attempt follows.
    Retried {
        /// What went wrong.
        error: String,
        /// How long the next attempt waits at the least.
        pause: Duration,
    },
    /// The task has failed with this text.
    Failed {
        /// What went wrong.
        error: String,
    },
    /// Somebody else decides about the task now; what the handler made of it was dropped.
    Lost {
        /// What became of the task.
        reason: ClaimLostReason,
    },
    /// The task went back to its place with its retries unchanged.
    Released {
        /// Why it was not done.
        why: String,
    },
    /// The store was never told: the claim ends by itself, and the task is taken again.
    Abandoned {
        /// Why it could not be told.
        why: String,
    },
}

/// Why an attempt ends before its handler does.
#[derive(Debug, Clone)]
pub(crate) enum Interruption {
    /// The claim does not hold any more.
    Lost(ClaimLostReason),
    /// The claim holds, and nothing will follow from the work.
    JobStopped(JobState),
    /// The worker stops.
    Stopping,
    /// The time of the attempt is over.
    TimedOut(Duration),
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(reason) => reason.fmt(f),
            Self::JobStopped(state) => write!(f, "the job is {}", state.name()),
            Self::Stopping => f.write_str("the worker stops"),
            Self::TimedOut(after) => write!(f, "timed out after {} s", after.as_secs()),
        }
    }
}
