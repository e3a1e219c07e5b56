//! The rules of one job: when tasks settle, what an end brings with it, and
//! when the job itself ends.

use taskdb_core::{CanonicalJson, EventKind, JobState, RunIf, TaskState, Timestamp};

use super::state::{Job, Task};

/// The error of what was cancelled.
pub(super) const CANCELLED: &str = "cancelled";
/// The error of a task that was retried too often.
pub(super) const RETRY_MAX: &str = "retry max hit";

/// The error of a task whose claims expired too often.
pub(super) const LOST_TOO_OFTEN: &str = "lost too often";
/// The error of a task that nobody started in time.
pub(super) const EXPIRED: &str = "expired";

impl Job {
    /// Times of a job never decrease, whatever the clock does.
    pub(super) fn now(&self, clock: Timestamp) -> Timestamp {
        clock.max(self.record.updated_at)
    }

    pub(super) fn stamp(&mut self, clock: Timestamp) {
        self.record.updated_at = self.now(clock);
    }

    pub(super) fn touch(&mut self, t: usize, clock: Timestamp) {
        self.stamp(clock);
        self.tasks[t].record.updated_at = self.record.updated_at;
    }

    /// Takes an edge of the state machine.
    pub(super) fn go(&mut self, t: usize, to: TaskState, clock: Timestamp) {
        let task = &mut self.tasks[t].record;
        assert!(task.state.may_become(to), "no edge from {} to {to}", task.state);
        task.state = to;
        if to != TaskState::Running {
            task.claim = None;
        }
        self.touch(t, clock);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.record.state.is_stopped()
    }

    /// The distinct prerequisites of a task that have not settled for it.
    pub(super) fn unsettled(&self, t: usize) -> Vec<usize> {
        let task = &self.tasks[t].record;
        let mut open: Vec<_> =
            task.prerequisites.iter().filter_map(|name| self.find(name)).collect();
        open.sort_unstable();
        open.dedup();
        open.retain(|p| {
            let prerequisite = &self.tasks[*p].record;
            let tolerated = task.run_if == RunIf::AllSettled && prerequisite.tolerated;
            !(prerequisite.state == TaskState::Done || tolerated)
        });
        open
    }

    pub(super) fn dependants(&self, t: usize) -> Vec<usize> {
        let name = &self.tasks[t].record.task_id;
        let names = |d: &usize| self.tasks[*d].record.prerequisites.contains(name);
        (0..self.tasks.len()).filter(names).collect()
    }

    /// Waits for its start time and nothing else.
    pub(super) fn is_delayed(&self, t: usize) -> bool {
        let task = &self.tasks[t].record;
        task.state == TaskState::Pending && task.start_at.is_some() && self.unsettled(t).is_empty()
    }

    /// Readies a pending task of a running job that nothing holds back.
    pub(super) fn ready_if_free(&mut self, t: usize, clock: Timestamp) {
        let task = &self.tasks[t].record;
        let due = task.start_at.is_none_or(|start| start <= clock);
        let waits = task.state == TaskState::Pending;
        if waits && due && !self.is_stopped() && self.unsettled(t).is_empty() {
            self.tasks[t].record.start_at = None;
            self.note_task(t, EventKind::Ready, None, clock);
            self.go(t, TaskState::Ready, clock);
        }
    }

    pub(super) fn finish(&mut self, t: usize, output: CanonicalJson, clock: Timestamp) {
        self.note_task(t, EventKind::Done, None, clock);
        self.go(t, TaskState::Done, clock);
        self.tasks[t].record.output = Some(output);
        for dependant in self.dependants(t) {
            self.ready_if_free(dependant, clock);
        }
    }

    /// Ends a task as failed or cancelled, with all that follows from it.
    pub(super) fn fail(&mut self, t: usize, to: TaskState, error: &str, clock: Timestamp) {
        match to {
            TaskState::Failed => self.note_task(t, EventKind::Failed, Some(error), clock),
            _ => self.note_task(t, EventKind::Cancelled, None, clock),
        }
        self.go(t, to, clock);
        self.tasks[t].record.error = Some(error.to_owned());
        if self.tasks[t].record.optional {
            self.tolerate(t, clock);
        } else if self.record.state == JobState::Running {
            self.stop(JobState::Failed, error, clock);
        }
    }

    pub(super) fn stop(&mut self, state: JobState, error: &str, clock: Timestamp) {
        match state {
            JobState::Failed => self.note(EventKind::Failed, Some(error), clock),
            _ => self.note(EventKind::Cancelled, None, clock),
        }
        self.record.state = state;
        self.record.error = Some(error.to_owned());
        self.stamp(clock);
    }

    fn tolerate(&mut self, t: usize, clock: Timestamp) {
        self.tasks[t].record.tolerated = true;
        for dependant in self.dependants(t) {
            let task = &self.tasks[dependant].record;
            if task.run_if == RunIf::AllSettled {
                self.ready_if_free(dependant, clock);
            } else if !task.state.is_terminal() {
                self.cancel_along(dependant, clock);
            }
        }
    }

    /// Cancels a task because a prerequisite will never be done, which is tolerated.
    pub(super) fn cancel_along(&mut self, t: usize, clock: Timestamp) {
        self.note_task(t, EventKind::Cancelled, None, clock);
        self.go(t, TaskState::Cancelled, clock);
        self.tasks[t].record.error = Some(CANCELLED.to_owned());
        self.tolerate(t, clock);
    }

    /// Takes a running task back from its worker; in a stopped job it is cancelled.
    pub(super) fn put_back(
        &mut self,
        t: usize,
        start_at: Option<Timestamp>,
        why: &str,
        clock: Timestamp,
    ) {
        if self.is_stopped() {
            self.note_task(t, EventKind::Cancelled, None, clock);
        } else {
            self.note_task(t, EventKind::Retried, Some(why), clock);
        }
        let to = if start_at.is_some() { TaskState::Pending } else { TaskState::Ready };
        self.tasks[t].record.start_at = start_at;
        self.tasks[t].record.progress = 0.0;
        self.go(t, to, clock);
    }

    /// Ends an attempt that has failed; answers whether there will be another.
    pub(super) fn retry(
        &mut self,
        t: usize,
        start_at: Option<Timestamp>,
        why: &str,
        clock: Timestamp,
    ) -> bool {
        let task = &mut self.tasks[t].record;
        let spent = task.retries >= task.max_retries;
        if !spent {
            task.retries += 1;
        }
        if self.is_stopped() {
            self.put_back(t, None, why, clock);
            return false;
        }
        if spent {
            self.fail(t, TaskState::Failed, RETRY_MAX, clock);
        } else {
            self.put_back(t, start_at, why, clock);
        }
        !spent
    }

    /// The end rule: a running job of which nothing can run any more has ended.
    pub(super) fn end(&mut self, clock: Timestamp) {
        if self.record.state != JobState::Running || (0..self.tasks.len()).any(|t| self.can_move(t))
        {
            return;
        }
        let hard = self.tasks.iter().filter(|task| task.is_hard());
        let first = hard.min_by_key(|task| (task.record.updated_at, task.record.age));
        if let Some(error) = first.map(|task| task.record.error.clone().unwrap_or_default()) {
            self.stop(JobState::Failed, &error, clock);
        } else if self.tasks.iter().all(|task: &Task| task.record.state.is_terminal()) {
            self.note(EventKind::Done, None, clock);
            self.record.state = JobState::Done;
            self.stamp(clock);
        }
    }

    fn can_move(&self, t: usize) -> bool {
        let state = self.tasks[t].record.state;
        matches!(state, TaskState::Ready | TaskState::Running) || self.is_delayed(t)
    }
}
