//! What the model holds, and how things in it are found and counted.

use std::collections::BTreeMap;

use taskdb_core::record::{JobRecord, KeptOutputRecord, StreamDerived, StreamRecord, TaskRecord};
use taskdb_core::store::Gate;
use taskdb_core::{
    CanonicalJson, Event, Priority, Result, ScheduleInfo, TaskDbErr, TaskState, WorkerInfo,
};
use uuid::Uuid;

use super::events::Log;

/// A namespace. Lists are in the order of their ages.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) gate: Gate,
    pub(super) mark: Option<String>,
    /// Deleted ones stay, marked: old tasks may name them.
    pub(super) streams: Vec<StreamRecord>,
    pub(super) jobs: Vec<Job>,
    pub(super) log: Log,
    pub(super) kept: Vec<KeptOutputRecord>,
    pub(super) workers: BTreeMap<String, WorkerInfo>,
    pub(super) schedules: BTreeMap<String, ScheduleInfo>,
    pub(super) next_stream_age: u64,
    pub(super) next_job_age: u64,
}

/// A job with its tasks.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) record: JobRecord,
    pub(super) tasks: Vec<Task>,
    /// What the log has not taken over yet.
    pub(super) happened: Vec<Event>,
}

/// A task, with what is remembered of its claims beyond the portable record.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) record: TaskRecord,
    /// The id of the last claim; not known of an imported task that is not running.
    pub(super) last_claim: Option<Uuid>,
    pub(super) last_worker: Option<String>,
    /// The call that closed the last claim.
    pub(super) closed: Option<Closed>,
}

/// A call that closed a claim, with what tells it from another, and its answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Closed {
    Done(CanonicalJson),
    Failed(String),
    Retry(bool),
    Release(bool),
}

impl Task {
    pub(super) fn new(record: TaskRecord) -> Self {
        Self { record, last_claim: None, last_worker: None, closed: None }
    }

    /// Where it stands, as callers see it.
    pub(super) fn effective(&self, job: &Job) -> TaskState {
        self.record.state.effective(job.record.state)
    }

    /// Own failed or cancelled.
    pub(super) fn has_ended_badly(&self) -> bool {
        matches!(self.record.state, TaskState::Failed | TaskState::Cancelled)
    }

    /// Failed or cancelled in a way that fails the job.
    pub(super) fn is_hard(&self) -> bool {
        self.has_ended_badly() && !self.record.tolerated
    }
}

impl State {
    /// The stream, unless it does not exist or was deleted.
    pub(super) fn stream(&self, stream_id: &Uuid) -> Result<&StreamRecord> {
        live_stream(&self.streams, stream_id)
    }

    pub(super) fn job(&self, job_id: &Uuid) -> Result<&Job> {
        self.jobs
            .iter()
            .find(|job| job.record.job_id == *job_id)
            .ok_or_else(|| TaskDbErr::no_job(job_id))
    }

    pub(super) fn job_mut(&mut self, job_id: &Uuid) -> Result<&mut Job> {
        self.jobs
            .iter_mut()
            .find(|job| job.record.job_id == *job_id)
            .ok_or_else(|| TaskDbErr::no_job(job_id))
    }

    /// Every task with its job, in the order of their ages.
    pub(super) fn tasks(&self) -> impl Iterator<Item = (&Job, &Task)> {
        self.jobs.iter().flat_map(|job| job.tasks.iter().map(move |task| (job, task)))
    }

    /// The places of all tasks that `wanted` picks, in the order of their ages.
    pub(super) fn places(&self, wanted: impl Fn(&Job, usize) -> bool) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (j, job) in self.jobs.iter().enumerate() {
            found.extend((0..job.tasks.len()).filter(|t| wanted(job, *t)).map(|t| (j, t)));
        }
        found
    }

    /// True counts of a stream, and whether it may be scheduled.
    pub(super) fn count(&self, stream: &StreamRecord) -> StreamDerived {
        let mut counts =
            StreamDerived { pending: 0, ready: [0; 3], running: 0, scheduled: [false; 3] };
        let own = self.tasks().filter(|(_, task)| task.record.stream_id == stream.stream_id);
        for (job, task) in own {
            match task.effective(job) {
                TaskState::Pending => counts.pending += 1,
                TaskState::Ready => counts.ready[usize::from(job.record.priority.code())] += 1,
                TaskState::Running => counts.running += 1,
                _ => {}
            }
        }
        counts.scheduled = counts.ready.map(|ready| ready > 0 && !stream.paused);
        counts
    }

    /// The task of a stream and class that is handed out next, if the stream is served.
    pub(super) fn first_in_line(
        &self,
        stream: &StreamRecord,
        class: Priority,
    ) -> Option<(usize, usize)> {
        let ready = |job: &Job, t: usize| {
            job.record.priority == class
                && job.tasks[t].record.stream_id == stream.stream_id
                && job.tasks[t].effective(job) == TaskState::Ready
        };
        self.places(ready).first().copied()
    }
}

impl Job {
    pub(super) fn find(&self, task_id: &str) -> Option<usize> {
        self.tasks.iter().position(|task| task.record.task_id == task_id)
    }

    pub(super) fn place(&self, task_id: &str) -> Result<usize> {
        self.find(task_id).ok_or_else(|| TaskDbErr::no_task(&self.record.job_id, task_id))
    }

    /// How many tasks `wanted` picks.
    pub(super) fn how_many(&self, wanted: impl Fn(&Task) -> bool) -> u64 {
        self.tasks.iter().filter(|task| wanted(task)).count() as u64
    }
}

/// The stream, unless it does not exist or was deleted.
pub(super) fn live_stream<'a>(
    streams: &'a [StreamRecord],
    stream_id: &Uuid,
) -> Result<&'a StreamRecord> {
    streams
        .iter()
        .find(|stream| stream.stream_id == *stream_id && !stream.deleted)
        .ok_or_else(|| TaskDbErr::no_stream(stream_id))
}
