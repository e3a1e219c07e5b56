//! Requests about claims that are held or have expired.

use std::time::Duration;

use super::checks::{self, Checks};
use super::{Request, Target};
use crate::claim::{Claim, Renewal};
use crate::error::{Result, TaskDbErr};
use crate::limits::{Limits, at_most};

/// Reports how far a task is. Replies whether it was accepted.
#[derive(Debug, Clone)]
pub struct UpdateTaskProgress {
    /// The task.
    pub target: Target,
    /// From 0 to 1; what lies outside is brought to the nearer end.
    pub progress: f32,
}

impl Request for UpdateTaskProgress {
    const VERB: &'static str = "update_task_progress";
    type Reply = bool;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        if self.progress.is_nan() {
            checks.add(Err(TaskDbErr::invalid("progress", "is not a number; use 0 to 1")));
        }
        self.progress = self.progress.clamp(0.0, 1.0);
        checks.target(&self.target).finish()
    }

    fn subject(&self) -> String {
        self.target.subject()
    }
}

/// Gives up an attempt. Replies `true` when the task waits for another one.
#[derive(Debug, Clone)]
pub struct UpdateTaskRetry {
    /// The task.
    pub target: Target,
    /// How long the next attempt waits; as the rules of the task say when `None`.
    pub delay: Option<Duration>,
}

impl Request for UpdateTaskRetry {
    const VERB: &'static str = "update_task_retry";
    type Reply = bool;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).target(&self.target).finish()
    }

    fn subject(&self) -> String {
        self.target.subject()
    }
}

/// Declares a request that consists of claims of one process.
macro_rules! about_claims {
    ($(#[$doc:meta])* $request:ident, $verb:literal, $reply:ty { $($(#[$field_doc:meta])* $field:ident: $type:ty)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $request {
            /// The claims, each judged on its own.
            pub claims: Vec<Claim>,
            $($(#[$field_doc])* pub $field: $type,)?
        }

        impl Request for $request {
            const VERB: &'static str = $verb;
            type Reply = Vec<Result<$reply>>;

            fn check(&mut self, limits: &Limits) -> Result<()> {
                let mut checks = Checks::new(limits);
                for claim in &self.claims {
                    checks.reference("task_id", &claim.task_id);
                }
                let entries = self.claims.len();
                checks.add(at_most("claims", entries, limits.batch_entries, "entries")).finish()
            }

            fn subject(&self) -> String {
                let first = self.claims.first().map(|c| checks::task(&c.job_id, &c.task_id));
                checks::batch(first, self.claims.len())
            }
        }
    };
}

about_claims!(
    /// Keeps claims alive. Replies for each with its new deadline
    /// and the state of its job.
    RenewClaims, "renew_claims", Renewal {
        /// How long the claims last from now without another renewal; as before when `None`.
        lease: Option<Duration>
    }
);
about_claims!(
    /// Puts tasks back unfinished. Replies for each whether it will run again.
    ReleaseClaims, "release_claims", bool {}
);

/// Puts back every task that a worker holds. Replies with how many.
#[derive(Debug, Clone)]
pub struct ReleaseWorker {
    /// The worker.
    pub worker_id: String,
}

impl Request for ReleaseWorker {
    const VERB: &'static str = "release_worker";
    type Reply = u64;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).reference("worker_id", &self.worker_id).finish()
    }

    fn subject(&self) -> String {
        format!("worker `{}`", self.worker_id)
    }
}

/// Takes expired claims away. Replies with how many it took.
#[derive(Debug, Clone)]
pub struct RequeueTasks {
    /// At most this many.
    pub limit: u64,
}

impl Request for RequeueTasks {
    const VERB: &'static str = "requeue_tasks";
    type Reply = u64;

    fn check(&mut self, _: &Limits) -> Result<()> {
        Ok(())
    }

    fn subject(&self) -> String {
        format!("limit {}", self.limit)
    }
}
