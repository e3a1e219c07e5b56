//! Tasks: what callers hand in to create one, and what they read of it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::job::Priority;
use crate::json::{CanonicalJson, Hidden};
use crate::rules::{Backoff, Rules};
use crate::state::TaskState;
use crate::time::{Start, Timestamp};

/// The name of the first task of every job.
pub const INIT_TASK: &str = "init";

/// When the prerequisites of a task count as settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunIf {
    /// Each one is done. If an optional one fails or is cancelled, so is this task.
    #[default]
    AllDone,
    /// Each one is done, or failed or was cancelled with tolerance.
    AllSettled,
}

impl RunIf {
    /// Both values, in the order of their code.
    pub const ALL: [Self; 2] = [Self::AllDone, Self::AllSettled];

    /// The number stores write.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The value of a stored number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// A task to create, with everything `create_task` has no argument for.
///
/// ```
/// use taskdb_core::{NewTask, RunIf};
/// let report = NewTask::new("report", uuid::Uuid::nil(), serde_json::json!({}))
///     .after(["count-1", "count-2"])
///     .run_if(RunIf::AllSettled)
///     .retries(2);
/// ```
#[derive(Clone, PartialEq)]
pub struct NewTask {
    pub(crate) task_id: String,
    pub(crate) stream_id: Uuid,
    pub(crate) definition: Value,
    pub(crate) prerequisites: Vec<String>,
    pub(crate) max_retries: i32,
    pub(crate) timeout_secs: i32,
    pub(crate) optional: bool,
    pub(crate) run_if: RunIf,
    pub(crate) start: Start,
    pub(crate) expires_in: Option<Duration>,
    pub(crate) rules: Rules,
}

impl fmt::Debug for NewTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTask")
            .field("task_id", &self.task_id)
            .field("stream_id", &self.stream_id)
            .field("definition", &Hidden(&self.definition))
            .field("prerequisites", &self.prerequisites)
            .finish_non_exhaustive()
    }
}

impl NewTask {
    /// A task without prerequisites: no retries, one hour for each attempt.
    pub fn new(task_id: impl Into<String>, stream_id: Uuid, definition: Value) -> Self {
        Self {
            task_id: task_id.into(),
            stream_id,
            definition,
            prerequisites: Vec::new(),
            max_retries: 0,
            timeout_secs: 3600,
            optional: false,
            run_if: RunIf::default(),
            start: Start::Now,
            expires_in: None,
            rules: Rules::default(),
        }
    }

    /// The tasks that must settle first, in the order they are handed to the worker.
    #[must_use]
    pub fn after<T: Into<String>>(mut self, prerequisites: impl IntoIterator<Item = T>) -> Self {
        self.prerequisites = prerequisites.into_iter().map(Into::into).collect();
        self
    }

    /// How often it may be retried.
    #[must_use]
    pub fn retries(mut self, max_retries: i32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// Seconds a worker has, from the start or the last progress.
    #[must_use]
    pub fn timeout_secs(mut self, timeout_secs: i32) -> Self {
        self.timeout_secs = timeout_secs;
        self
    }

    /// Its failure does not fail the job.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// When its prerequisites count as settled.
    #[must_use]
    pub fn run_if(mut self, run_if: RunIf) -> Self {
        self.run_if = run_if;
        self
    }

    /// It does not start before this time.
    #[must_use]
    pub fn start_at(mut self, time: Timestamp) -> Self {
        self.start = Start::At(time);
        self
    }

    /// It does not start before this long after now.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.start = Start::After(delay);
        self
    }

    /// It fails with `expired` when nobody has claimed it so long after its creation.
    #[must_use]
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.expires_in = Some(time);
        self
    }

    /// How long it waits before its next attempt, unless the worker says.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.rules.backoff = backoff;
        self
    }

    /// How many of its claims may expire without a word of the worker; one more fails it.
    #[must_use]
    pub fn max_losses(mut self, losses: u32) -> Self {
        self.rules.max_losses = Some(losses);
        self
    }
}

/// What a store knows of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskInfo {
    /// Its job.
    pub job_id: Uuid,
    /// Its name.
    pub task_id: String,
    /// Its place in the order of creation within its job, from 0 for `init`.
    pub age: u64,
    /// Its stream.
    pub stream_id: Uuid,
    /// Where it stands, seen by callers: cancelled when it waits in a stopped job.
    pub state: TaskState,
    /// What to do.
    pub definition: CanonicalJson,
    /// Its prerequisites, in the order given.
    pub prerequisites: Vec<String>,
    /// Distinct prerequisites that have not settled.
    pub waiting_on: u32,
    /// Whether its failure is tolerated.
    pub optional: bool,
    /// When its prerequisites count as settled.
    pub run_if: RunIf,
    /// How often it may be retried.
    pub max_retries: i32,
    /// How often it was retried since it was created or replayed.
    pub retries: i32,
    /// How often a claim on it expired.
    pub losses: u32,
    /// How often it was handed out.
    pub attempt: u64,
    /// Seconds a worker has, from the start or the last progress.
    pub timeout_secs: i32,
    /// What follows a failed attempt.
    pub rules: Rules,
    /// From 0 to 1, as last reported.
    pub progress: f32,
    /// Its error, of a failed or cancelled task.
    pub error: Option<String>,
    /// The worker that holds it, or held it last.
    pub worker_id: Option<String>,
    /// When its present claim expires.
    pub deadline: Option<Timestamp>,
    /// When it may start, if a start time was set.
    pub start_at: Option<Timestamp>,
    /// When it fails unless it has been claimed before.
    pub start_by: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last claimed.
    pub started_at: Option<Timestamp>,
    /// When it last changed its state or reported progress.
    pub updated_at: Timestamp,
}

/// What has become of a prerequisite.
#[derive(Debug, Clone, PartialEq)]
pub struct Prerequisite {
    /// Its name.
    pub task_id: String,
    /// Where it stands, seen by callers.
    pub state: TaskState,
    /// Its output, when it is done.
    pub output: Option<CanonicalJson>,
    /// Its error, when it failed or was cancelled on its own.
    pub error: Option<String>,
}

impl Prerequisite {
    /// What one counts for, beside its output and its error.
    pub const OVERHEAD: u64 = 1_024;

    /// How large it is in an answer that hands out several: the bytes of output and error as
    /// they are stored, and [`OVERHEAD`](Self::OVERHEAD).
    ///
    /// ```
    /// use taskdb_core::{CanonicalJson, Prerequisite, TaskState};
    /// let output = CanonicalJson::new(&serde_json::json!([1, 2]));
    /// let (task_id, state) = ("a".to_owned(), TaskState::Done);
    /// let done = Prerequisite { task_id, state, output: Some(output), error: None };
    /// assert_eq!(done.size(), 1_024 + 5);
    /// ```
    pub fn size(&self) -> u64 {
        let output = self.output.as_ref().map_or(0, |output| output.as_str().len());
        let bytes = output + self.error.as_ref().map_or(0, String::len);
        Self::OVERHEAD + u64::try_from(bytes).unwrap_or(u64::MAX >> 1)
    }
}

/// How many tasks of a worker type and class are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskStateCount {
    /// The pool of workers.
    pub worker_type: String,
    /// The class.
    pub priority: Priority,
    /// The state's name: `pending`, `ready`, `running`, `done`, `failed`, `cancelled`.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// A pending task with what it waits for, as `check_stuck_pending_tasks` reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckTaskInfo {
    /// Its job.
    pub job_id: Uuid,
    /// Its name.
    pub task_id: String,
    /// The pool of workers it is for.
    pub worker_type: String,
    /// What the store believes it waits for.
    pub waiting_on: i32,
    /// The distinct prerequisites it has.
    pub actual_deps: i32,
    /// How many of them have settled.
    pub completed_deps: i32,
    /// Whether it waits for nothing and should be ready: a defect that repair mends.
    pub should_be_ready: bool,
}
