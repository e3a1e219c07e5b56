//! Requests about whole jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::Request;
use super::checks::{self, Checks};
use crate::error::{Result, TaskDbErr};
use crate::job::{IdempotencyKey, JobFilter, JobInfo, Priority};
use crate::json::CanonicalJson;
use crate::limits::{self, Limits, at_most};
use crate::rules::Rules;
use crate::state::JobState;
use crate::time::Start;

/// Makes a job and its task `init`. Replies with the job's id, which is that of
/// an older job when the idempotency key says so.
#[derive(Debug, Clone)]
pub struct CreateJob {
    /// The id of a new job; repeating the request with it has no further effect.
    pub job_id: Uuid,
    /// Its owner.
    pub user_id: String,
    /// The stream of `init`.
    pub stream_id: Uuid,
    /// What `init` has to do.
    pub definition: CanonicalJson,
    /// How often `init` may be retried.
    pub max_retries: i32,
    /// Seconds a worker has for `init`.
    pub timeout_secs: i32,
    /// The class of all its tasks.
    pub priority: Priority,
    /// When `init` may start.
    pub start: Start,
    /// Makes creation repeatable under a name of the caller's choice.
    pub key: Option<IdempotencyKey>,
    /// How long after its creation `init` fails unless it has been claimed.
    pub expires_in: Option<Duration>,
    /// What follows a failed attempt at `init`.
    pub rules: Rules,
    /// Its name, for people.
    pub name: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Request for CreateJob {
    const VERB: &'static str = "create_job";
    type Reply = Uuid;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let backoff = self.rules.backoff.check();
        let mut checks = Checks::new(limits);
        checks
            .name("user_id", &self.user_id)
            .add(limits::number("max_retries", self.max_retries, Limits::MAX_RETRIES))
            .add(limits::number("timeout_secs", self.timeout_secs, Limits::MAX_TIMEOUT_SECS))
            .add(limits.payload("task_def", &self.definition))
            .add(backoff)
            .add(at_most("labels", self.labels.len(), Limits::MAX_LABELS, "labels"));
        if let Some(name) = &self.name {
            checks.name("name", name);
        }
        for (key, value) in &self.labels {
            checks.name("labels", key).name("labels", value);
        }
        if let Some(key) = &self.key {
            checks.name("key", &key.key);
        }
        checks.finish()
    }

    fn subject(&self) -> String {
        format!("job {} of `{}` in stream {}", self.job_id, self.user_id, self.stream_id)
    }
}

/// Declares a request that consists of a job's id, and a note for its reply.
macro_rules! about_a_job {
    ($(#[$doc:meta])* $request:ident, $verb:literal, $reply:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $request {
            /// The job.
            pub job_id: Uuid,
        }

        impl Request for $request {
            const VERB: &'static str = $verb;
            type Reply = $reply;

            fn check(&mut self, _: &Limits) -> Result<()> {
                Ok(())
            }

            fn subject(&self) -> String {
                checks::job(&self.job_id)
            }
        }
    };
}

about_a_job!(
    /// Cancels a job.
    CancelJob, "cancel_job", ()
);
about_a_job!(
    /// Puts the failed and cancelled tasks of a stopped job back to work.
    RetryJob, "retry_job", ()
);
about_a_job!(
    /// Reads a job.
    GetJob, "get_job", JobInfo
);

/// Lists jobs by age.
#[derive(Debug, Clone, Default)]
pub struct ListJobs {
    /// Which jobs.
    pub filter: JobFilter,
    /// Only those younger than this age.
    pub after: Option<u64>,
    /// At most this many.
    pub limit: usize,
}

impl Request for ListJobs {
    const VERB: &'static str = "list_jobs";
    type Reply = Vec<JobInfo>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        if let Some(user) = &self.filter.user_id {
            checks.reference("user_id", user);
        }
        checks.page(self.limit).finish()
    }

    fn subject(&self) -> String {
        self.filter.user_id.as_ref().map_or_else(String::new, |user| format!("user `{user}`"))
    }
}

/// Deletes a job with everything in it.
#[derive(Debug, Clone)]
pub struct DeleteJob {
    /// The job.
    pub job_id: Uuid,
    /// How long the output of `init` stays readable.
    pub keep_output: Duration,
}

impl Request for DeleteJob {
    const VERB: &'static str = "delete_job";
    type Reply = ();

    fn check(&mut self, _: &Limits) -> Result<()> {
        Ok(())
    }

    fn subject(&self) -> String {
        checks::job(&self.job_id)
    }
}

/// Deletes every job that is done. Replies with how many there were.
#[derive(Debug, Clone, Default)]
pub struct ClearCompletedJobs {
    /// How long the outputs of `init` stay readable.
    pub keep_output: Duration,
}

impl Request for ClearCompletedJobs {
    const VERB: &'static str = "clear_completed_jobs";
    type Reply = u64;

    fn check(&mut self, _: &Limits) -> Result<()> {
        Ok(())
    }

    fn subject(&self) -> String {
        String::new()
    }
}

/// Deletes jobs that have been finished for long. Replies with how many.
#[derive(Debug, Clone)]
pub struct PurgeJobs {
    /// Which jobs: done, failed or cancelled ones.
    pub state: JobState,
    /// Those that have not changed for this long.
    pub older_than: Option<Duration>,
    /// Those besides so many of the newest.
    pub keep_newest: Option<u64>,
    /// At most this many.
    pub limit: u64,
}

impl Request for PurgeJobs {
    const VERB: &'static str = "purge_jobs";
    type Reply = u64;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        if self.state == JobState::Running {
            let reason = "must be a finished state: `done`, `failed` or `cancelled`";
            checks.add(Err(TaskDbErr::invalid("state", reason)));
        }
        checks.finish()
    }

    fn subject(&self) -> String {
        format!("{} jobs", self.state.name())
    }
}

/// Changes a job; what is `None` stays.
#[derive(Debug, Clone)]
pub struct UpdateJob {
    /// The job.
    pub job_id: Uuid,
    /// Its class from now on.
    pub priority: Option<Priority>,
    /// Whether retention passes it by from now on.
    pub keep: Option<bool>,
}

impl Request for UpdateJob {
    const VERB: &'static str = "update_job";
    type Reply = ();

    fn check(&mut self, _: &Limits) -> Result<()> {
        Ok(())
    }

    fn subject(&self) -> String {
        checks::job(&self.job_id)
    }
}

/// Counts the running jobs of a user.
#[derive(Debug, Clone)]
pub struct GetConcurrentJobs {
    /// The user.
    pub user_id: String,
}

impl Request for GetConcurrentJobs {
    const VERB: &'static str = "get_concurrent_jobs";
    type Reply = u64;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).reference("user_id", &self.user_id).finish()
    }

    fn subject(&self) -> String {
        format!("user `{}`", self.user_id)
    }
}
