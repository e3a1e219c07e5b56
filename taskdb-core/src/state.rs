//! The state machine of tasks and jobs, as data, and the share formula.
//!
//! This is the only place where states, their stored codes and the edges
//! between them are written down. SQL and Lua are tested against it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::coded::{coded, named};

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Waits for prerequisites, or for its start time.
    Pending,
    /// May be handed to a worker.
    Ready,
    /// A worker holds its claim.
    Running,
    /// Finished with an output.
    Done,
    /// Finished with an error.
    Failed,
    /// Will not run: it, its job or a prerequisite was cancelled or failed.
    Cancelled,
}

coded!(TaskState {
    Pending = "pending",
    Ready = "ready",
    Running = "running",
    Done = "done",
    Failed = "failed",
    Cancelled = "cancelled",
});
named!(TaskState);

impl TaskState {
    /// Done, failed or cancelled.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// What callers see of a task whose own state is `self`, in a job of state `job`.
    ///
    /// A task that waits in a failed or cancelled job *is* cancelled, whatever
    /// the store has written for it.
    ///
    /// ```
    /// use taskdb_core::{JobState, TaskState};
    /// assert_eq!(TaskState::Ready.effective(JobState::Failed), TaskState::Cancelled);
    /// assert_eq!(TaskState::Running.effective(JobState::Failed), TaskState::Running);
    /// ```
    pub const fn effective(self, job: JobState) -> Self {
        match (self, job) {
            (Self::Pending | Self::Ready, JobState::Failed | JobState::Cancelled) => {
                Self::Cancelled
            }
            _ => self,
        }
    }

    /// Whether [`EDGES`] has an edge from `self` to `to`.
    pub fn may_become(self, to: Self) -> bool {
        EDGES.iter().any(|edge| edge.0 == self && edge.1 == to)
    }
}

/// Every edge a task may take: from, to, by what.
///
/// Tasks are created `pending` or `ready`; nothing else appears out of nothing.
pub const EDGES: [(TaskState, TaskState, &str); 16] = {
    use TaskState::{Cancelled, Done, Failed, Pending, Ready, Running};
    [
        (Pending, Ready, "last prerequisite settled; start time reached"),
        (Ready, Running, "claim"),
        (Ready, Done, "done"),
        (Running, Done, "done"),
        (Pending, Failed, "failed; expires_in"),
        (Ready, Failed, "failed; expires_in"),
        (Running, Failed, "failed; retry or expiry beyond a cap"),
        (Running, Ready, "retry, expiry, release"),
        (Running, Pending, "retry with a start time"),
        (Pending, Cancelled, "cancel, failure of the job or of a prerequisite"),
        (Ready, Cancelled, "cancel, failure of the job"),
        (Running, Cancelled, "cancel; retry, expiry or release in a job that has failed"),
        (Failed, Pending, "replay"),
        (Failed, Ready, "replay"),
        (Cancelled, Pending, "replay"),
        (Cancelled, Ready, "replay"),
    ]
};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobState {
    /// Some task can still change.
    Running,
    /// Every task is terminal, and what is not done was tolerated.
    Done,
    /// A task that was not optional failed or was cancelled.
    Failed,
    /// The job itself was cancelled.
    Cancelled,
}

coded!(JobState {
    Running = "running",
    Done = "done",
    Failed = "failed",
    Cancelled = "cancelled",
});

impl JobState {
    /// Failed or cancelled: what has not started will not, until a replay.
    pub const fn is_stopped(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }
}

/// `RUNNING`, `SUCCEEDED`, `FAILED`, `CANCELLED`: what existing applications print.
impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "RUNNING",
            Self::Done => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        })
    }
}

/// The share of a stream: what it uses of what it is entitled to. The stream
/// with the smallest share is served next.
///
/// Below its reservation the share is negative, from −1 up to 0; above it the
/// share grows by `1 / be_mult` a task, so that two streams that always have
/// work settle at the ratio of their weights.
///
/// ```
/// use taskdb_core::state::share;
/// assert_eq!(share(0, 2, 1.0), -1.0);
/// assert_eq!(share(3, 2, 0.5), 2.0);
/// ```
pub fn share(running: i64, reserved: i32, be_mult: f64) -> f64 {
    let above = (running - i64::from(reserved)) as f64;
    if running < i64::from(reserved) { above / f64::from(reserved) } else { above / be_mult }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn done_is_final_and_only_replay_leaves_a_terminal_state() {
        for (from, to, by) in EDGES {
            if from.is_terminal() && from != to {
                assert_eq!(by, "replay");
                assert_ne!(from, TaskState::Done);
            }
        }
        assert!(!TaskState::Pending.may_become(TaskState::Running));
    }

    #[test]
    fn a_stream_below_its_reservation_beats_any_above() {
        assert!(share(1, 2, 0.001) < share(0, 0, 1e6));
        assert_eq!(share(2, 2, 1.0), 0.0);
    }
}
