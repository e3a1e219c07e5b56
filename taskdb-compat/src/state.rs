//! States with the values that existing code matches on, all of them and no more.
//! The engine knows `cancelled` besides; here it reads as failed.

use std::fmt;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Some task can still change.
    Running,
    /// Every task has ended and nothing went wrong.
    Done,
    /// A task has failed, or the job was cancelled: then its error is `cancelled`.
    Failed,
}

/// `RUNNING`, `SUCCEEDED` or `FAILED`.
impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        engine::JobState::from(*self).fmt(f)
    }
}

impl From<engine::JobState> for JobState {
    fn from(state: engine::JobState) -> Self {
        match state {
            engine::JobState::Running => Self::Running,
            engine::JobState::Done => Self::Done,
            // Failed and cancelled; the engine may gain other ends, but none that is a success.
            _ => Self::Failed,
        }
    }
}

impl From<JobState> for engine::JobState {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Running => Self::Running,
            JobState::Done => Self::Done,
            JobState::Failed => Self::Failed,
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waits for its prerequisites.
    Pending,
    /// May be handed to a worker.
    Ready,
    /// A worker has it.
    Running,
    /// Finished with an output.
    Done,
    /// Finished with an error, or will not run because it or its job was cancelled or
    /// its job has failed.
    Failed,
}

impl From<engine::TaskState> for TaskState {
    fn from(state: engine::TaskState) -> Self {
        match state {
            engine::TaskState::Pending => Self::Pending,
            engine::TaskState::Ready => Self::Ready,
            engine::TaskState::Running => Self::Running,
            engine::TaskState::Done => Self::Done,
            engine::TaskState::Failed | engine::TaskState::Cancelled => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_states_read_as_existing_code_knows_them() {
        let read = engine::JobState::ALL.map(|state| JobState::from(state).to_string());
        assert_eq!(read, ["RUNNING", "SUCCEEDED", "FAILED", "FAILED"]);
    }

    #[test]
    fn only_cancelled_tasks_read_as_something_else() {
        for state in engine::TaskState::ALL {
            let name = format!("{:?}", TaskState::from(state)).to_lowercase();
            let expected = if state.name() == "cancelled" { "failed" } else { state.name() };
            assert_eq!(name, expected);
        }
    }
}
