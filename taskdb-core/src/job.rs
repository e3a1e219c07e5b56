//! Jobs: what callers hand in to create one, and what they read of it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::coded::{coded, named};
use crate::error::TaskDbErr;
use crate::json::Hidden;
use crate::rules::{Backoff, Rules};
use crate::state::JobState;
use crate::task::TaskInfo;
use crate::time::{Start, Timestamp};

/// The class of a job. A lower class waits while a higher one has ready work
/// of the same worker type.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Served first.
    High,
    /// What jobs get unless they say otherwise.
    #[default]
    Medium,
    /// Served when nothing else is ready.
    Low,
}

coded!(Priority {
    High = "high",
    Medium = "medium",
    Low = "low",
});
named!(Priority, "priority");

/// A name chosen by the caller that makes creating a job repeatable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, unique for its user while it lives.
    pub key: String,
    /// How long the key stays taken; until the job is deleted when `None`.
    pub lifetime: Option<Duration>,
}

/// A job to create, with everything `create_job` has no argument for.
///
/// ```
/// use taskdb_core::{NewJob, Priority};
/// let job = NewJob::new("alice", uuid::Uuid::nil(), serde_json::json!({"n": 1}))
///     .retries(3)
///     .timeout_secs(300)
///     .priority(Priority::High)
///     .key("import-2026-11");
/// ```
#[derive(Clone, PartialEq)]
pub struct NewJob {
    pub(crate) id: Option<Uuid>,
    pub(crate) user_id: String,
    pub(crate) stream_id: Uuid,
    pub(crate) definition: Value,
    pub(crate) max_retries: i32,
    pub(crate) timeout_secs: i32,
    pub(crate) priority: Priority,
    pub(crate) start: Start,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) rules: Rules,
    pub(crate) name: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
}

impl fmt::Debug for NewJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewJob")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("stream_id", &self.stream_id)
            .field("definition", &Hidden(&self.definition))
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl NewJob {
    /// A job of `user_id` whose task `init` goes to `stream_id`: no retries, one
    /// hour for each attempt, class medium.
    pub fn new(user_id: impl Into<String>, stream_id: Uuid, definition: Value) -> Self {
        Self {
            id: None,
            user_id: user_id.into(),
            stream_id,
            definition,
            max_retries: 0,
            timeout_secs: 3600,
            priority: Priority::default(),
            start: Start::Now,
            key: None,
            expires_in: None,
            rules: Rules::default(),
            name: None,
            labels: BTreeMap::new(),
        }
    }

    /// Uses this id, so that repeating the call has no further effect.
    #[must_use]
    pub fn id(mut self, id: Uuid) -> Self {
        self.id = Some(id);
        self
    }

    /// How often `init` may be retried.
    #[must_use]
    pub fn retries(mut self, max_retries: i32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// Seconds a worker has for `init`, from the start or the last progress.
    #[must_use]
    pub fn timeout_secs(mut self, timeout_secs: i32) -> Self {
        self.timeout_secs = timeout_secs;
        self
    }

    /// The class of all tasks of the job.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// `init` does not start before this time.
    #[must_use]
    pub fn start_at(mut self, time: Timestamp) -> Self {
        self.start = Start::At(time);
        self
    }

    /// `init` does not start before this long after now.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.start = Start::After(delay);
        self
    }

    /// The same key and definition return the first job; the key stays taken until it is deleted.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(IdempotencyKey { key: key.into(), lifetime: None });
        self
    }

    /// As [`key`](Self::key), but the key is free again after `lifetime`.
    #[must_use]
    pub fn key_for(mut self, key: impl Into<String>, lifetime: Duration) -> Self {
        self.key = Some(IdempotencyKey { key: key.into(), lifetime: Some(lifetime) });
        self
    }

    /// `init` fails with `expired` when nobody has claimed it so long after its creation.
    #[must_use]
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.expires_in = Some(time);
        self
    }

    /// How long `init` waits before its next attempt, unless the worker says.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.rules.backoff = backoff;
        self
    }

    /// How many claims of `init` may expire without a word of the worker; one more fails it.
    #[must_use]
    pub fn max_losses(mut self, losses: u32) -> Self {
        self.rules.max_losses = Some(losses);
        self
    }

    /// A name for people; it need not be unique.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A label, to find the job by.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }
}

/// Which jobs to list; all of them unless something is set.
///
/// ```
/// use taskdb_core::{JobFilter, JobState};
/// let failed = JobFilter::default().user("alice").state(JobState::Failed);
/// assert_eq!(failed.state, Some(JobState::Failed));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those of this user.
    pub user_id: Option<String>,
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Only those of this name.
    pub name: Option<String>,
    /// Only those with all of these labels.
    pub labels: BTreeMap<String, String>,
}

impl JobFilter {
    /// Only jobs of this user.
    #[must_use]
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Only jobs in this state.
    #[must_use]
    pub fn state(mut self, state: JobState) -> Self {
        self.state = Some(state);
        self
    }

    /// Only jobs of this name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only jobs with this label.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// Whether name and labels of a job are those asked for. Stores find jobs by user and
    /// state, and look at each for the rest.
    pub fn admits(&self, job: &JobInfo) -> bool {
        let named = self.name.is_none() || self.name == job.name;
        named && self.labels.iter().all(|(key, value)| job.labels.get(key) == Some(value))
    }

    /// Whether every job of the user and the state is asked for.
    pub fn admits_all(&self) -> bool {
        self.name.is_none() && self.labels.is_empty()
    }
}

/// What a store knows of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobInfo {
    /// Its id.
    pub job_id: Uuid,
    /// Its place in the order of creation.
    pub age: u64,
    /// Its owner.
    pub user_id: String,
    /// Where it stands.
    pub state: JobState,
    /// The error that failed it, `cancelled` for a cancelled job.
    pub error: Option<String>,
    /// Its class.
    pub priority: Priority,
    /// Its name, for people.
    pub name: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Tasks it has.
    pub tasks: u64,
    /// Tasks that are not done.
    pub unresolved: u64,
    /// Whether retention passes it by.
    pub keep: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its first task was claimed.
    pub started_at: Option<Timestamp>,
    /// When a task last changed its state or reported progress.
    pub updated_at: Timestamp,
}

impl JobInfo {
    /// From the first claim to the last change; zero before any start.
    pub fn elapsed(&self) -> Duration {
        self.started_at.map_or(Duration::ZERO, |start| self.updated_at.since(start))
    }
}

/// A job with all of its tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct JobGraph {
    /// The job.
    pub job: JobInfo,
    /// Its tasks by age, so that prerequisites come before those that name them.
    pub tasks: Vec<TaskInfo>,
}

/// What a call for many jobs has come to.
#[derive(Debug, Default)]
pub struct Changed {
    /// How many were changed.
    pub changed: u64,
    /// Those that were passed by, because they were not in a state for it any more.
    pub refused: Vec<(Uuid, TaskDbErr)>,
}
