//! How much there is of what.

use serde::Serialize;
use taskdb::record::Record;
use taskdb::{CanonicalJson, TaskState, TaskStateCount};

/// Numbers of records, tasks by their own state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Streams.
    pub streams: u64,
    /// Jobs.
    pub jobs: u64,
    /// Tasks that wait for others or for their time.
    pub pending: u64,
    /// Tasks that can be claimed, or could if their job had not stopped.
    pub ready: u64,
    /// Tasks with a claim.
    pub running: u64,
    /// Tasks that are done.
    pub done: u64,
    /// Tasks that have failed.
    pub failed: u64,
    /// Tasks that were cancelled.
    pub cancelled: u64,
    /// Outputs kept of deleted jobs.
    pub kept_outputs: u64,
    /// Schedules.
    pub schedules: u64,
    /// Events of the log, where it goes along.
    pub events: u64,
}

impl Counts {
    /// Counts a record.
    pub fn take(&mut self, record: &Record) {
        *match record {
            Record::Stream(_) => &mut self.streams,
            Record::Job(_) => &mut self.jobs,
            Record::KeptOutput(_) => &mut self.kept_outputs,
            Record::Schedule(_) => &mut self.schedules,
            Record::Event(_) => &mut self.events,
            Record::Task(task) => match task.state {
                TaskState::Pending => &mut self.pending,
                TaskState::Ready => &mut self.ready,
                TaskState::Running => &mut self.running,
                TaskState::Done => &mut self.done,
                TaskState::Failed => &mut self.failed,
                TaskState::Cancelled => &mut self.cancelled,
            },
            _ => return,
        } += 1;
    }

    /// Puts the tasks of a store in place of those that were counted.
    pub(crate) fn set_tasks(&mut self, counts: &[TaskStateCount]) {
        let of = |state: TaskState| {
            let same = counts.iter().filter(|count| count.state == state.name());
            same.map(|count| count.count).sum()
        };
        self.pending = of(TaskState::Pending);
        self.ready = of(TaskState::Ready);
        self.running = of(TaskState::Running);
        self.done = of(TaskState::Done);
        self.failed = of(TaskState::Failed);
        self.cancelled = of(TaskState::Cancelled);
    }

    /// Tasks in any state.
    pub fn tasks(&self) -> u64 {
        self.pending + self.ready + self.running + self.done + self.failed + self.cancelled
    }
}

/// Bytes of definitions and outputs.
pub(crate) fn payload(record: &Record) -> u64 {
    let bytes = match record {
        Record::Task(task) => {
            task.definition.bytes() + task.output.as_ref().map_or(0, CanonicalJson::bytes)
        }
        Record::KeptOutput(kept) => kept.output.bytes(),
        _ => 0,
    };
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { streams, jobs, kept_outputs, schedules, .. } = self;
        write!(f, "{streams} streams, {jobs} jobs, {} tasks", self.tasks())?;
        let states = [
            (self.pending, "pending"),
            (self.ready, "ready"),
            (self.running, "running"),
            (self.done, "done"),
            (self.failed, "failed"),
            (self.cancelled, "cancelled"),
        ];
        let words: Vec<_> = states.iter().filter(|(n, _)| *n > 0).collect();
        for (index, (count, state)) in words.iter().enumerate() {
            write!(f, "{}{count} {state}", if index == 0 { " (" } else { ", " })?;
        }
        f.write_str(if words.is_empty() { "" } else { ")" })?;
        write!(f, ", {kept_outputs} kept outputs, {schedules} schedules")?;
        match self.events {
            0 => Ok(()),
            events => write!(f, ", {events} events"),
        }
    }
}

#[test]
fn counts_read_like_a_sentence() {
    let counts = Counts { streams: 1, jobs: 2, ready: 3, done: 4, ..Counts::default() };
    let text = "1 streams, 2 jobs, 7 tasks (3 ready, 4 done), 0 kept outputs, 0 schedules";
    assert_eq!(counts.to_string(), text);
    assert!(Counts::default().to_string().contains("0 tasks, 0 kept"));
    assert!(Counts { events: 2, ..counts }.to_string().ends_with(" schedules, 2 events"));
}
