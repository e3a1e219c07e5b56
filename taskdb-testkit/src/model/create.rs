//! Creation of tasks, on its own and together with a completion.

use std::collections::BTreeSet;

use taskdb_core::error::Entity;
use taskdb_core::event::reason;
use taskdb_core::record::{StreamRecord, TaskRecord};
use taskdb_core::request::{CreateTasks, TaskSpec};
use taskdb_core::{EventKind, JobState, Limits, Result, RunIf, TaskDbErr, TaskState, Timestamp};

use super::state::{Job, State, Task, live_stream};

pub(super) fn create_tasks(
    state: &mut State,
    request: CreateTasks,
    clock: Timestamp,
) -> Result<()> {
    // Only to refuse: the job is looked up again where it is changed.
    state.job(&request.job_id)?;
    let State { streams, jobs, .. } = state;
    for job in jobs.iter_mut().filter(|job| job.record.job_id == request.job_id) {
        add_all(streams, job, &request.tasks, clock)?;
        job.end(clock);
    }
    Ok(())
}

/// Adds every task in turn; the error is that of the first one refused.
pub(super) fn add_all(
    streams: &[StreamRecord],
    job: &mut Job,
    specs: &[TaskSpec],
    clock: Timestamp,
) -> Result<()> {
    for (index, spec) in specs.iter().enumerate() {
        let outcome = check(streams, job, spec);
        let new = outcome.map_err(|source| TaskDbErr::Batch { index, source: Box::new(source) })?;
        if new {
            if job.record.state == JobState::Done {
                job.note(EventKind::Retried, Some(reason::NEW_TASKS), clock);
            }
            job.record.state = JobState::Running;
            job.add(spec.clone(), clock);
        }
    }
    Ok(())
}

/// Whether the task is to be made; `false` when it is there already.
fn check(streams: &[StreamRecord], job: &Job, spec: &TaskSpec) -> Result<bool> {
    live_stream(streams, &spec.stream_id)?;
    let job_id = job.record.job_id;
    if let Some(t) = job.find(&spec.task_id) {
        return match difference(&job.tasks[t].record, spec) {
            None => Ok(false),
            Some(difference) => Err(TaskDbErr::AlreadyExists {
                entity: Entity::task(&job_id, &spec.task_id),
                difference,
            }),
        };
    }
    if job.is_stopped() {
        return Err(TaskDbErr::JobFinished { job_id, state: job.record.state });
    }
    if let Some(missing) = spec.prerequisites.iter().find(|name| job.find(name).is_none()) {
        let (task_id, prerequisite) = (spec.task_id.clone(), missing.clone());
        let entity = Entity::Prerequisite { job_id, task_id, prerequisite };
        return Err(TaskDbErr::NotFound { entity });
    }
    let (size, limit) = (job.tasks.len() as u64 + 1, Limits::HARD.tasks_per_job);
    if size > limit {
        return Err(TaskDbErr::TooLarge { argument: "tasks", size, limit, unit: "tasks" });
    }
    Ok(true)
}

fn difference(there: &TaskRecord, spec: &TaskSpec) -> Option<&'static str> {
    let names = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    let checks = [
        (there.stream_id == spec.stream_id, "another stream"),
        (there.definition == spec.definition, "another definition"),
        (names(&there.prerequisites) == names(&spec.prerequisites), "other prerequisites"),
        (there.max_retries == spec.max_retries, "another max_retries"),
        (there.timeout_secs == spec.timeout_secs, "another timeout_secs"),
        (there.optional == spec.optional, "another optional"),
        (there.run_if == spec.run_if, "another run_if"),
        (there.rules == spec.rules, "other rules"),
    ];
    checks.into_iter().find_map(|(same, what)| (!same).then_some(what))
}

impl Job {
    /// Adds a task that has passed every check.
    pub(super) fn add(&mut self, spec: TaskSpec, clock: Timestamp) {
        let now = self.now(clock);
        self.tasks.push(Task::new(TaskRecord {
            job_id: self.record.job_id,
            task_id: spec.task_id,
            age: self.tasks.last().map_or(0, |task| task.record.age + 1),
            stream_id: spec.stream_id,
            state: TaskState::Pending,
            definition: spec.definition,
            prerequisites: spec.prerequisites,
            optional: spec.optional,
            run_if: spec.run_if,
            tolerated: false,
            max_retries: spec.max_retries,
            retries: 0,
            losses: 0,
            attempt: 0,
            timeout_secs: spec.timeout_secs,
            rules: spec.rules,
            progress: 0.0,
            output: None,
            error: None,
            claim: None,
            start_at: spec.start.resolve(clock),
            start_by: spec.expires_in.map(|time| clock.after(time)),
            created_at: now,
            started_at: None,
            updated_at: now,
            derived: None,
        }));
        self.stamp(clock);
        let t = self.tasks.len() - 1;
        self.note_task(t, EventKind::Created, None, clock);
        if self.can_never_run(t) {
            self.cancel_along(t, clock);
        } else {
            self.ready_if_free(t, clock);
        }
    }

    /// Needs a prerequisite done that was tolerated as failed or cancelled.
    fn can_never_run(&self, t: usize) -> bool {
        self.tasks[t].record.run_if == RunIf::AllDone
            && self.unsettled(t).iter().any(|p| self.tasks[*p].record.tolerated)
    }
}
