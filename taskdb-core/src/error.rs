//! The one error type of every store, and what a caller can tell from it.

use std::fmt;

use uuid::Uuid;

use crate::claim::{Claim, ClaimLostReason};
use crate::state::JobState;

/// What every call of TaskDB returns.
pub type Result<T, E = TaskDbErr> = std::result::Result<T, E>;

/// A boxed error of a driver or of the operating system.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call was refused or failed.
///
/// Everything but [`Unknown`](Self::Unknown) is definite: the store is as it
/// was before the call. Messages name the job, task or stream concerned and
/// never contain a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskDbErr {
    /// The best-effort weight of a stream is out of range.
    #[error("be_mult {value} is not allowed: use a finite number from 0.001 to 1000000")]
    InvalidBeMult {
        /// The refused weight.
        value: f64,
    },
    /// An argument breaks a rule; nothing was looked up.
    #[error("invalid `{argument}`: {reason}")]
    InvalidArgument {
        /// Which argument.
        argument: &'static str,
        /// Which rule, and what is allowed.
        reason: String,
    },
    /// An argument is longer, larger or deeper than its limit.
    #[error("`{argument}` is too large: {size} {unit}, the limit is {limit}")]
    TooLarge {
        /// Which argument.
        argument: &'static str,
        /// Its size.
        size: u64,
        /// The limit in force.
        limit: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// There is no such thing (for this user).
    #[error("{entity} not found")]
    NotFound {
        /// What was looked for.
        entity: Entity,
    },
    /// Something else has this id or name already.
    #[error("{entity} already exists with {difference}; use another name, or the same content")]
    AlreadyExists {
        /// What stands in the way.
        entity: Entity,
        /// In what it differs from the request.
        difference: &'static str,
    },
    /// The job has failed or was cancelled and takes no more tasks; a replay reopens it.
    #[error("job {job_id} is {state}: replay it with retry_job before adding to it")]
    JobFinished {
        /// The job.
        job_id: Uuid,
        /// How it ended.
        state: JobState,
    },
    /// The thing exists but is not in a state that allows the call.
    #[error("{entity} {reason}")]
    InvalidState {
        /// What is in the wrong state.
        entity: Entity,
        /// Which state it is in and what would help.
        reason: String,
    },
    /// The claim no longer holds: somebody else decides about the task now.
    #[error("the claim on task `{task_id}` of job {job_id} is lost: {reason}; drop the work")]
    ClaimLost {
        /// The job of the task.
        job_id: Uuid,
        /// The task.
        task_id: String,
        /// What became of the task.
        reason: ClaimLostReason,
    },
    /// One entry of a batch was refused, so the whole batch was.
    #[error("entry {index} of the batch: {source}")]
    Batch {
        /// The first bad entry, from 0.
        index: usize,
        /// What is wrong with it.
        source: Box<TaskDbErr>,
    },
    /// The namespace does not take this call at present.
    #[error("the namespace is {gate}: set its gate to `open` to allow this call")]
    Closed {
        /// The gate in force.
        gate: crate::store::Gate,
    },
    /// The store has no room; finishing work still goes on.
    #[error("the store is full: {0}")]
    StoreFull(Failure),
    /// Nothing was executed; the call is safe to repeat.
    #[error("the store cannot be reached: {0}")]
    Unavailable(Failure),
    /// The call may have been executed; repeat it with the same ids to find out.
    #[error("the outcome is unknown: {0}; repeat the call with the same ids")]
    Unknown(Failure),
    /// What is stored breaks its own rules.
    #[error("the store holds something it should not: {0}")]
    Corrupt(Failure),
    /// The store was written by a newer release.
    #[error("the store has format {found}, this release reads up to {supported}: upgrade taskdb")]
    Format {
        /// The oldest reader the store allows.
        found: u32,
        /// The newest format this release knows.
        supported: u32,
    },
    /// The URL or the configuration cannot be used.
    #[error("invalid configuration: {0}")]
    Config(String),
    /// A stored output does not have the shape the caller asked for.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The driver failed in a way none of the above describes; nothing was executed.
    #[error("{0}")]
    Backend(Failure),
}

impl TaskDbErr {
    /// An [`InvalidArgument`](Self::InvalidArgument).
    pub fn invalid(argument: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidArgument { argument, reason: reason.into() }
    }

    /// The error of a job that does not exist.
    pub fn no_job(job_id: &Uuid) -> Self {
        Self::NotFound { entity: Entity::Job(*job_id) }
    }

    /// The error of a stream that does not exist.
    pub fn no_stream(stream_id: &Uuid) -> Self {
        Self::NotFound { entity: Entity::Stream(*stream_id) }
    }

    /// The error of a task that does not exist.
    pub fn no_task(job_id: &Uuid, task_id: &str) -> Self {
        Self::NotFound { entity: Entity::task(job_id, task_id) }
    }

    /// The error of a claim that no longer holds.
    pub fn claim_lost(claim: &Claim, reason: ClaimLostReason) -> Self {
        Self::ClaimLost { job_id: claim.job_id, task_id: claim.task_id.clone(), reason }
    }

    /// Whether the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self.root(), Self::NotFound { .. })
    }

    /// Whether it says no more than that the thing is gone, or not in a state for the call.
    pub fn is_about_state(&self) -> bool {
        matches!(self.root(), Self::NotFound { .. } | Self::InvalidState { .. })
    }

    /// Whether nothing was executed and a later attempt may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self.root(), Self::Unavailable(_))
    }

    /// The error itself, or that of the entry of a batch which caused it.
    pub fn root(&self) -> &Self {
        match self {
            Self::Batch { source, .. } => source.root(),
            other => other,
        }
    }

    /// The failure inside, for the kinds that come from the store itself.
    pub(crate) fn failure_mut(&mut self) -> Option<&mut Failure> {
        match self {
            Self::StoreFull(f)
            | Self::Unavailable(f)
            | Self::Unknown(f)
            | Self::Corrupt(f)
            | Self::Backend(f) => Some(f),
            _ => None,
        }
    }
}

/// What an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entity {
    /// A job by its id.
    Job(Uuid),
    /// A job of this user, with an idempotency key.
    JobWithKey {
        /// The job that holds the key.
        job_id: Uuid,
        /// The key.
        key: String,
    },
    /// A stream by its id.
    Stream(Uuid),
    /// A task by its job and name.
    Task {
        /// The job.
        job_id: Uuid,
        /// The task.
        task_id: String,
    },
    /// A prerequisite that a new task names.
    Prerequisite {
        /// The job.
        job_id: Uuid,
        /// The new task.
        task_id: String,
        /// The name that no task of the job has.
        prerequisite: String,
    },
    /// The output of a task.
    Output {
        /// The job.
        job_id: Uuid,
        /// The task.
        task_id: String,
    },
    /// The error of a job.
    Failure(Uuid),
}

impl Entity {
    /// A task by its job and name.
    pub fn task(job_id: &Uuid, task_id: &str) -> Self {
        Self::Task { job_id: *job_id, task_id: task_id.to_owned() }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(id) => write!(f, "job {id}"),
            Self::JobWithKey { job_id, key } => write!(f, "job {job_id} with the key `{key}`"),
            Self::Stream(id) => write!(f, "stream {id}"),
            Self::Task { job_id, task_id } => write!(f, "task `{task_id}` of job {job_id}"),
            Self::Prerequisite { job_id, task_id, prerequisite } => {
                write!(f, "prerequisite `{prerequisite}` of task `{task_id}` in job {job_id}")
            }
            Self::Output { job_id, task_id } => {
                write!(f, "output of task `{task_id}` of job {job_id}")
            }
            Self::Failure(id) => write!(f, "failure of job {id}"),
        }
    }
}

/// What went wrong inside a store, and during which call.
#[derive(Debug)]
pub struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    reason: String,
    call: Option<String>,
    source: Option<BoxError>,
}

impl Failure {
    /// A failure described in words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(Box::new(Inner { reason: reason.into(), call: None, source: None }))
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The verb and the ids it was called with, once the context layer has seen the failure.
    pub fn call(&self) -> Option<&str> {
        self.0.call.as_deref()
    }

    /// The error of the driver, if there was one.
    pub fn source(&self) -> Option<&BoxError> {
        self.0.source.as_ref()
    }

    /// Adds the call; the first to do so knows best.
    pub(crate) fn during(&mut self, call: impl FnOnce() -> String) {
        self.0.call.get_or_insert_with(call);
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.0.call {
            write!(f, "{call}: ")?;
        }
        f.write_str(&self.0.reason)?;
        match &self.0.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

/// Replaces the passwords of a connection URL, for messages and logs: the one before
/// the host, and parameters whose names speak of a password, a secret or a token.
///
/// It takes what people write: where a sign in a password is not escaped, it rather
/// hides too much.
///
/// ```
/// use taskdb_core::error::redact;
/// assert_eq!(redact("redis://user:secret@host/0"), "redis://user:***@host/0");
/// assert_eq!(redact("redis://host?sslpassword=secret&db=1"), "redis://host?sslpassword=***&db=1");
/// assert_eq!(redact("sqlite://jobs.db"), "sqlite://jobs.db");
/// ```
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once(':') else { return url.to_owned() };
    let (slashes, rest) = rest.strip_prefix("//").map_or(("", rest), |rest| ("//", rest));
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let login = authority.contains(['@', ':']).then(|| rest.rfind('@')).flatten();
    let Some(at) = login else { return format!("{scheme}:{slashes}{}", without_secrets(rest)) };
    // Without slashes the user may be what was taken for the scheme.
    let user = if slashes.is_empty() { "" } else { rest[..at].split(':').next().unwrap_or("") };
    let colon = if slashes.is_empty() { "" } else { ":" };
    format!("{scheme}:{slashes}{user}{colon}***{}", without_secrets(&rest[at..]))
}

/// Replaces the values of parameters that are secrets.
fn without_secrets(text: &str) -> String {
    let Some((place, query)) = text.split_once('?') else { return text.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => pair.to_owned(),
    });
    format!("{place}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn no_password_is_left_however_it_is_written() {
        for url in [
            "redis://user:sentinel@host/0",
            "redis://:sentinel@host",
            "redis://user:sen/tinel@host",
            "redis://user:sen?tinel@host",
            "redis://user:sen#tinel@host",
            "redis://user:sen@tinel/sentinel@host",
            "redis://user:a@b?c=sentinel@host",
            "redis:user:sentinel@host",
            "user:sentinel@host",
            "redis://host?PASSWORD=sentinel&x=1",
            "postgres://user@host/db?sslpassword=sentinel",
        ] {
            let shown = redact(url);
            assert!(!shown.contains("tinel"), "{shown}");
            assert!(shown.contains("***") && shown.contains("host"), "{shown}");
        }
    }

    #[test]
    fn what_holds_no_password_is_left_alone() {
        for url in [
            "",
            "nonsense",
            "memory:?namespace=a",
            "sqlite:///var/a@b.db",
            "sqlite://folder/a@b.db?namespace=x",
            "redis://host:6379/0?protocol=resp3",
            "redis+unix:///run/redis.sock?db=1",
        ] {
            assert_eq!(redact(url), url);
        }
    }
}
