//! Compares two places record by record, in one pass and with one page of each in memory.
//!
//! * `jobs`: the jobs that one side leads through, looked up on the other.
//! * `rest`: streams, schedules and kept outputs.
//! * `events`: what two logs tell.
//! * `fields`: in what two records differ.

mod events;
mod fields;
mod jobs;
mod rest;

use serde::Serialize;
use taskdb::CanonicalJson;
use taskdb::audit::{Audit, Violation};
use taskdb::record::Record;

use crate::counts::Counts;
use crate::digest::Digest;

pub(crate) use events::{Stories, compare_events};
pub(crate) use jobs::{Lead, compare_jobs};
pub(crate) use rest::{Rest, compare_rest, compare_streams, streams};

/// Differences that are kept; of further ones only the number is.
pub(crate) const SHOWN: usize = 20;

/// Something that is not the same in both places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about.
    pub what: String,
    /// How the two differ.
    pub how: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.how)
    }
}

/// What a comparison has found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What the source holds.
    pub(crate) from: Counts,
    /// What the target holds.
    pub(crate) to: Counts,
    /// Of the source: the sum of the digests of its jobs, streams and kept outputs.
    pub(crate) digest_from: Digest,
    pub(crate) digest_to: Digest,
    /// How many differences there are, and the first of them.
    pub(crate) differing: u64,
    pub(crate) differences: Vec<Difference>,
    /// Holds what the target says of itself against its content.
    pub(crate) audit: Audit,
}

impl Findings {
    pub(crate) fn differ(&mut self, what: impl Into<String>, how: impl Into<String>) {
        self.differing += 1;
        if self.differences.len() < SHOWN {
            self.differences.push(Difference { what: what.into(), how: how.into() });
        }
    }

    /// Takes a record of the target with what is derived for it; hands it back without.
    pub(crate) fn audited(&mut self, mut record: Record) -> Record {
        self.audit.take(outline(&mut record));
        record
    }

    /// What the audit has to say, now that the target has been seen.
    pub(crate) fn violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.audit).finish()
    }
}

/// Takes away what a store has derived; a copy with it, and without payloads, of which the
/// audit holds those of a whole job.
fn outline(record: &mut Record) -> Record {
    let none = || CanonicalJson::from_stored("0".to_owned());
    match record {
        Record::Stream(stream) => {
            let copy = stream.clone();
            stream.derived = None;
            Record::Stream(copy)
        }
        Record::Job(job) => {
            let copy = job.clone();
            job.derived = None;
            Record::Job(copy)
        }
        Record::Task(task) => {
            let derived = task.derived.take();
            let definition = std::mem::replace(&mut task.definition, none());
            let output = task.output.take();
            let mut copy = task.clone();
            copy.derived = derived;
            copy.output = output.as_ref().map(|_| none());
            (task.definition, task.output) = (definition, output);
            Record::Task(copy)
        }
        other => other.clone(),
    }
}
