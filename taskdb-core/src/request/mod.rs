//! Requests: one type per verb of the seam, with the checks of its arguments.
//!
//! A request that has passed [`Request::check`] breaks no rule that can be
//! judged without the store; backends rely on it.

mod checks;
mod claims;
mod events;
mod jobs;
mod namespace;
mod schedules;
mod streams;
mod tasks;
mod work;
mod workers;

pub use claims::{
    ReleaseClaims, ReleaseWorker, RenewClaims, RequeueTasks, UpdateTaskProgress, UpdateTaskRetry,
};
pub use events::{ListEvents, SetEvents};
pub use jobs::{
    CancelJob, ClearCompletedJobs, CreateJob, DeleteJob, GetConcurrentJobs, GetJob, ListJobs,
    PurgeJobs, RetryJob, UpdateJob,
};
pub use namespace::{
    CheckStuckPendingTasks, Describe, Export, GetTaskStateCounts, Import, Part, Probe, Repair,
    SetGate,
};
pub use schedules::{DeleteSchedule, FireSchedule, ListSchedules, PutSchedule};
pub use streams::{CreateStream, DeleteStream, ListStreams, UpdateStream};
pub use tasks::{
    CancelTask, CreateTasks, GetPrerequisites, GetTask, GetTaskOutput, ListTasks, RetryTask,
    TaskSpec,
};
pub use work::{
    ClaimedTask, Completion, Failure, RequestWork, Target, UpdateTaskDone, UpdateTaskFailed, Work,
};
pub use workers::{HeartbeatWorker, ListClaims, ListWorkers};

use crate::error::Result;
use crate::limits::Limits;

/// The arguments of one verb.
pub trait Request: Send + 'static {
    /// The verb.
    const VERB: &'static str;

    /// What the store answers.
    type Reply: Send;

    /// Refuses what breaks a rule, and brings the rest into the form backends
    /// expect: repeated prerequisites dropped, error texts cut.
    ///
    /// # Errors
    ///
    /// Of all that is wrong, the first `InvalidArgument`, else `InvalidBeMult`,
    /// else the first `TooLarge`.
    fn check(&mut self, limits: &Limits) -> Result<()>;

    /// The ids in it, for spans and errors: `job 0193… task init`. No payload.
    fn subject(&self) -> String;
}
