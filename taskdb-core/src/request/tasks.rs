//! Requests about tasks that are not part of a worker's path.

use std::collections::HashSet;
use std::time::Duration;

use uuid::Uuid;

use super::Request;
use super::checks::{self, Checks};
use crate::error::{Result, TaskDbErr};
use crate::json::CanonicalJson;
use crate::limits::{self, Limits, at_most};
use crate::rules::Rules;
use crate::state::TaskState;
use crate::task::{Prerequisite, RunIf, TaskInfo};
use crate::time::Start;

/// A task to create, as backends see it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSpec {
    /// Its name within the job.
    pub task_id: String,
    /// Its stream.
    pub stream_id: Uuid,
    /// What to do.
    pub definition: CanonicalJson,
    /// Its prerequisites, in the order given, each once.
    pub prerequisites: Vec<String>,
    /// How often it may be retried.
    pub max_retries: i32,
    /// Seconds a worker has.
    pub timeout_secs: i32,
    /// Whether its failure is tolerated.
    pub optional: bool,
    /// When its prerequisites count as settled.
    pub run_if: RunIf,
    /// When it may start.
    pub start: Start,
    /// How long after its creation it fails unless it has been claimed.
    pub expires_in: Option<Duration>,
    /// What follows a failed attempt.
    pub rules: Rules,
}

impl TaskSpec {
    fn check(&mut self, checks: &mut Checks<'_>) {
        let limits = checks.limits;
        let backoff = self.rules.backoff.check();
        let mut seen = HashSet::new();
        self.prerequisites.retain(|name| seen.insert(name.clone()));
        checks
            .name("task_id", &self.task_id)
            .add(limits::number("max_retries", self.max_retries, Limits::MAX_RETRIES))
            .add(limits::number("timeout_secs", self.timeout_secs, Limits::MAX_TIMEOUT_SECS))
            .add(backoff);
        if self.prerequisites.contains(&self.task_id) {
            let reason = format!("task `{}` names itself", self.task_id);
            checks.add(Err(TaskDbErr::invalid("prereqs", reason)));
        }
        for name in &self.prerequisites {
            checks.reference("prereqs", name);
        }
        checks
            .add(at_most("prereqs", self.prerequisites.len(), limits.prerequisites, "entries"))
            .add(limits.payload("task_def", &self.definition));
    }
}

/// The checks of a list of tasks to create: each entry, then the whole.
pub(super) fn check_specs(specs: &mut [TaskSpec], checks: &mut Checks<'_>) {
    for (index, spec) in specs.iter_mut().enumerate() {
        checks.entry(index, |own| spec.check(own));
    }
    let limits = checks.limits;
    let edges = specs.iter().map(|spec| spec.prerequisites.len()).sum();
    let bytes = specs.iter().map(|spec| spec.definition.payload_bytes()).sum();
    checks.add(at_most("tasks", specs.len(), limits.batch_entries, "entries"));
    if specs.len() > 1 {
        checks.add(at_most("tasks", edges, limits.batch_edges, "edges")).add(at_most(
            "tasks",
            bytes,
            limits.batch_bytes,
            "bytes of payload",
        ));
    }
}

/// Adds tasks to a job, all or none.
#[derive(Debug, Clone)]
pub struct CreateTasks {
    /// The job.
    pub job_id: Uuid,
    /// The tasks; each may name earlier ones as prerequisites.
    pub tasks: Vec<TaskSpec>,
}

impl Request for CreateTasks {
    const VERB: &'static str = "create_tasks";
    type Reply = ();

    fn check(&mut self, limits: &Limits) -> Result<()> {
        let mut checks = Checks::new(limits);
        check_specs(&mut self.tasks, &mut checks);
        checks.finish()
    }

    fn subject(&self) -> String {
        let first = self.tasks.first().map(|spec| checks::task(&self.job_id, &spec.task_id));
        checks::batch(first, self.tasks.len())
    }
}

/// Declares a request that consists of a task's job and name.
macro_rules! about_a_task {
    ($(#[$doc:meta])* $request:ident, $verb:literal, $reply:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $request {
            /// The job.
            pub job_id: Uuid,
            /// The task.
            pub task_id: String,
        }

        impl Request for $request {
            const VERB: &'static str = $verb;
            type Reply = $reply;

            fn check(&mut self, limits: &Limits) -> Result<()> {
                Checks::new(limits).reference("task_id", &self.task_id).finish()
            }

            fn subject(&self) -> String {
                checks::task(&self.job_id, &self.task_id)
            }
        }
    };
}

about_a_task!(
    /// Cancels a task.
    CancelTask, "cancel_task", ()
);
about_a_task!(
    /// Puts one failed or cancelled task of a stopped job back to work.
    RetryTask, "retry_task", ()
);
about_a_task!(
    /// Reads a task.
    GetTask, "get_task", TaskInfo
);
about_a_task!(
    /// Reads the output of a done task.
    GetTaskOutput, "get_task_output", CanonicalJson
);

about_a_task!(
    /// Reads what has become of the prerequisites of a task.
    GetPrerequisites, "get_prerequisites", Vec<Prerequisite>
);

/// Lists the tasks of a job by age.
#[derive(Debug, Clone)]
pub struct ListTasks {
    /// The job.
    pub job_id: Uuid,
    /// Only those in this state, as callers see it.
    pub state: Option<TaskState>,
    /// Only those younger than this age.
    pub after: Option<u64>,
    /// At most this many.
    pub limit: usize,
}

impl Request for ListTasks {
    const VERB: &'static str = "list_tasks";
    type Reply = Vec<TaskInfo>;

    fn check(&mut self, limits: &Limits) -> Result<()> {
        Checks::new(limits).page(self.limit).finish()
    }

    fn subject(&self) -> String {
        checks::job(&self.job_id)
    }
}
