//! Claims: the right of one worker to one attempt at one task.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::job::Priority;
use crate::json::Hidden;
use crate::state::JobState;
use crate::time::Timestamp;

/// Proof that a worker holds a task. Every change a worker makes can carry it,
/// and is refused once the claim no longer holds.
///
/// The pair of `id` (random, made by the caller) and `attempt` (counted by the
/// store, never reset) is the fencing token; both are compared for equality.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The job of the task.
    pub job_id: Uuid,
    /// The task.
    pub task_id: String,
    /// The random id made by the caller of `request_work`.
    pub id: Uuid,
    /// Which hand-out of the task this is, from 1.
    pub attempt: u64,
}

/// A task as `request_work` hands it out. Its `Debug` output does not show what to do.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ReadyTask {
    /// The job of the task.
    pub job_id: Uuid,
    /// The task's name within its job.
    pub task_id: String,
    /// What to do.
    pub task_def: Value,
    /// The names of its prerequisites, in the order they were given: an array of strings.
    pub prereqs: Value,
    /// How often it may be retried.
    pub max_retries: i32,
    /// How often it has been retried.
    pub retries: i32,
    /// Seconds a worker has from the start, or from the last progress.
    pub timeout_secs: i32,
    /// The class of its job.
    pub priority: Priority,
    /// The stream it was taken from.
    pub stream_id: Uuid,
    /// When the claim expires unless it is renewed or progress is reported.
    pub deadline: Timestamp,
    /// The claim to report with.
    pub claim: Claim,
}

impl fmt::Debug for ReadyTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyTask")
            .field("job_id", &self.job_id)
            .field("task_id", &self.task_id)
            .field("task_def", &Hidden(&self.task_def))
            .field("prereqs", &self.prereqs)
            .field("max_retries", &self.max_retries)
            .field("retries", &self.retries)
            .field("timeout_secs", &self.timeout_secs)
            .field("priority", &self.priority)
            .field("stream_id", &self.stream_id)
            .field("deadline", &self.deadline)
            .field("claim", &self.claim)
            .finish()
    }
}

/// The answer to the renewal of a claim that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    /// When the claim expires unless it is renewed again or progress is reported.
    pub deadline: Timestamp,
    /// Where the job stands. In a failed one the claim still holds, but nothing will
    /// follow from the work: a worker may stop early.
    pub job: JobState,
}

/// A claim that holds, as operators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimInfo {
    /// The claim.
    pub claim: Claim,
    /// Who holds it.
    pub worker_id: String,
    /// The stream of the task.
    pub stream_id: Uuid,
    /// The pool of workers that the stream feeds.
    pub worker_type: String,
    /// How far the task is, as last reported.
    pub progress: f32,
    /// When it was claimed.
    pub started_at: Timestamp,
    /// When it expires unless it is renewed or progress is reported.
    pub deadline: Timestamp,
}

/// What became of a task whose claim is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimLostReason {
    /// It was put back: expired, retried or released.
    Requeued,
    /// Somebody else finished it, or this claim finished it another way.
    Finished,
    /// It or its job was cancelled.
    Cancelled,
    /// Its job was deleted.
    Deleted,
    /// Another claim holds it.
    Reclaimed,
}

impl fmt::Display for ClaimLostReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requeued => "the task was put back",
            Self::Finished => "the task is finished",
            Self::Cancelled => "the task was cancelled",
            Self::Deleted => "the job was deleted",
            Self::Reclaimed => "another worker has the task",
        })
    }
}
