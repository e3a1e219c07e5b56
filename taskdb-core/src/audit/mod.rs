//! The invariants of the contract, checked over exported records.
//!
//! Each invariant has a number, by which messages name it. What the API alone can show, such as
//! the order of claims, belongs to the conformance suite.

mod job;

use std::collections::HashMap;
use std::fmt;

use uuid::Uuid;

use crate::job::Priority;
use crate::record::{JobRecord, Record, StreamDerived, StreamRecord, TaskRecord};

/// A breach of an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Violation {
    /// Which invariant.
    pub invariant: u8,
    /// What breaks it, and how.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invariant {}: {}", self.invariant, self.detail)
    }
}

/// Takes the records of an export in order and reports what is wrong.
///
/// Holds the streams and one job with its tasks in memory.
#[derive(Debug, Default)]
pub struct Audit {
    streams: HashMap<Uuid, (StreamRecord, Counts)>,
    job: Option<(JobRecord, Vec<TaskRecord>)>,
    found: Vec<Violation>,
}

/// True counts of a stream, by effective state.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) pending: i64,
    pub(crate) ready: [i64; 3],
    pub(crate) running: i64,
}

impl Audit {
    /// Takes the next record.
    pub fn take(&mut self, record: Record) {
        match record {
            Record::Stream(stream) => {
                self.streams.insert(stream.stream_id, (stream, Counts::default()));
            }
            Record::Job(next) => {
                self.end_of_job();
                self.job = Some((next, Vec::new()));
            }
            Record::Task(task) => match &mut self.job {
                Some((job, tasks)) if job.job_id == task.job_id => tasks.push(*task),
                _ => self.report(
                    32,
                    format!("task `{}` of job {} has no job", task.task_id, task.job_id),
                ),
            },
            Record::KeptOutput(_) | Record::Schedule(_) | Record::Event(_) => {}
        }
    }

    /// Everything that was wrong.
    pub fn finish(mut self) -> Vec<Violation> {
        self.end_of_job();
        for (stream, counts) in std::mem::take(&mut self.streams).into_values() {
            if let Some(derived) = &stream.derived {
                self.check_stream(&stream, counts, derived);
            }
        }
        self.found
    }

    fn end_of_job(&mut self) {
        if let Some((job, tasks)) = self.job.take() {
            job::check(&job, &tasks, self);
        }
    }

    pub(crate) fn report(&mut self, invariant: u8, detail: String) {
        self.found.push(Violation { invariant, detail });
    }

    /// The true counts of a stream; `None` when it does not exist.
    pub(crate) fn counts(&mut self, stream_id: &Uuid) -> Option<&mut Counts> {
        self.streams.get_mut(stream_id).map(|(_, counts)| counts)
    }

    fn check_stream(&mut self, stream: &StreamRecord, counts: Counts, derived: &StreamDerived) {
        let id = stream.stream_id;
        let stored =
            Counts { pending: derived.pending, ready: derived.ready, running: derived.running };
        if stored != counts {
            self.report(19, format!("stream {id} counts {stored:?}, true are {counts:?}"));
        }
        for class in Priority::ALL {
            let i = usize::from(class.code());
            let should = counts.ready[i] > 0 && !stream.paused;
            if derived.scheduled[i] != should {
                let is = if derived.scheduled[i] { "is" } else { "is not" };
                self.report(20, format!("stream {id} {is} in the index of class {class}"));
            }
        }
    }
}
