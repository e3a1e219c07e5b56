//! The first and the last line of a dump.

use serde::{Deserialize, Serialize};

use crate::counts::Counts;

/// The version that is written, and the newest that is read.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The version of the format.
    pub(super) taskdb_dump: u32,
    /// What it was written by.
    pub(super) written_by: String,
    /// Where the records come from, without a password.
    pub(super) from: String,
    /// Whether nothing could change while it was written.
    pub(super) consistent: bool,
}

/// The last line; without it a file is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct End {
    /// How much there is.
    pub(super) end: Totals,
}

/// Numbers of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) streams: u64,
    pub(super) jobs: u64,
    pub(super) tasks: u64,
    pub(super) kept_outputs: u64,
    #[serde(default)]
    pub(super) schedules: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) events: u64,
}

fn is_none(number: &u64) -> bool {
    *number == 0
}

impl From<Counts> for Totals {
    fn from(counts: Counts) -> Self {
        let Counts { streams, jobs, kept_outputs, schedules, events, .. } = counts;
        Self { streams, jobs, tasks: counts.tasks(), kept_outputs, schedules, events }
    }
}

impl Totals {
    /// Counts a record.
    pub(super) fn take(&mut self, record: &taskdb::record::Record) {
        let mut counts = Counts::default();
        counts.take(record);
        let one = Self::from(counts);
        self.streams += one.streams;
        self.jobs += one.jobs;
        self.tasks += one.tasks;
        self.kept_outputs += one.kept_outputs;
        self.schedules += one.schedules;
        self.events += one.events;
    }
}
