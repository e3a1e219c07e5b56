//! What the tasks of the prover say and give. A proof here is the list of what it
//! proves, so that a wrong, missing or misplaced input shows in the result.

use serde::{Deserialize, Serialize};
use taskdb::TaskDbErr;
use taskdb::planner::PlannerErr;

/// The definition of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Work {
    /// The task `init`.
    Execute(Execution),
    Segment {
        number: u64,
        flaw: Flaw,
    },
    Keccak {
        number: u64,
    },
    Join,
    Union,
    Finalize,
}

/// What a user asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Execution {
    pub(crate) user_id: String,
    pub(crate) segments: u64,
    pub(crate) keccaks: u64,
    /// The segment that runs out of memory, and how often.
    pub(crate) flawed: Option<(u64, Flaw)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Flaw {
    #[default]
    None,
    FailsOnce,
    AlwaysFails,
}

/// The output of every task but `init`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Proof {
    pub(crate) segments: Vec<u64>,
    pub(crate) keccaks: Vec<u64>,
}

impl Proof {
    pub(crate) fn followed_by(mut self, other: Self) -> Self {
        self.segments.extend(other.segments);
        self.keccaks.extend(other.keccaks);
        self
    }
}

/// Why a task could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkErr {
    #[error("taskdb: {0}")]
    TaskDb(#[from] TaskDbErr),
    #[error("plan: {0}")]
    Plan(#[from] PlannerErr),
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("segment {0} ran out of memory")]
    OutOfMemory(u64),
}
