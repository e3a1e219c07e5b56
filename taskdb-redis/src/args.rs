//! Arguments of scripts.

use std::time::Duration;

use taskdb_core::request::{Target, TaskSpec};
use taskdb_core::time::Start;
use taskdb_core::{Claim, RunIf};

use crate::record;

const AT: u8 = 1;
const AFTER: u8 = 2;

/// A list of arguments; the first is the time.
#[derive(Debug, Default)]
pub(crate) struct Args(Vec<Vec<u8>>);

impl Args {
    /// Begins with the time, or nothing for that of the server.
    pub(crate) fn at(now: Option<taskdb_core::Timestamp>) -> Self {
        Self::default().maybe(now.map(taskdb_core::Timestamp::as_micros))
    }

    #[must_use]
    pub(crate) fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.push(bytes.into());
        self
    }

    /// A value as text.
    #[must_use]
    pub(crate) fn value(self, value: impl ToString) -> Self {
        self.bytes(value.to_string())
    }

    /// A value as text, or nothing.
    #[must_use]
    pub(crate) fn maybe(self, value: Option<impl ToString>) -> Self {
        self.bytes(value.map_or_else(String::new, |value| value.to_string()))
    }

    #[must_use]
    pub(crate) fn flag(self, flag: bool) -> Self {
        self.bytes(if flag { "1" } else { "0" })
    }

    /// Microseconds.
    #[must_use]
    pub(crate) fn duration(self, duration: Duration) -> Self {
        self.value(micros(duration))
    }

    /// An f64 with all of its digits.
    #[must_use]
    pub(crate) fn exact(self, number: f64) -> Self {
        self.bytes(format!("{number:?}"))
    }

    /// Four values; a target by name has an empty claim.
    #[must_use]
    pub(crate) fn target(self, target: &Target) -> Self {
        match target {
            Target::Claim(claim) => self.claim(claim),
            Target::Task { job_id, task_id } => {
                self.value(job_id).bytes(task_id.as_str()).bytes("").bytes("0")
            }
        }
    }

    /// Four values.
    #[must_use]
    pub(crate) fn claim(self, claim: &Claim) -> Self {
        let named = self.value(claim.job_id).bytes(claim.task_id.as_str());
        named.bytes(*claim.id.as_bytes()).value(claim.attempt)
    }

    /// Two values: how many shards count, and which of them does.
    #[must_use]
    pub(crate) fn numbering(self, shards: usize, index: usize) -> Self {
        self.value(shards).value(index)
    }

    /// Four values.
    #[must_use]
    pub(crate) fn spec(self, spec: &TaskSpec) -> Self {
        self.bytes(spec.task_id.as_str())
            .value(spec.stream_id)
            .bytes(limits(spec))
            .bytes(record::pack_definition(&spec.prerequisites, &spec.definition))
    }

    /// The list itself.
    pub(crate) fn into_inner(self) -> Vec<Vec<u8>> {
        self.0
    }
}

/// Microseconds of a duration, as far as the scripts can count.
pub(crate) fn micros(duration: Duration) -> i64 {
    const FAR: i64 = 1 << 52;
    i64::try_from(duration.as_micros()).map_or(FAR, |micros| micros.min(FAR))
}

/// Set in the flags of the limits where rules follow them.
const WITH_RULES: u8 = 4;
/// Set where the time until it has to start follows, before the rules.
const WITH_END: u8 = 8;

/// Limits of a task, packed: retries, timeout, flags, kind and value of its start, and what the
/// flags announce.
fn limits(spec: &TaskSpec) -> Vec<u8> {
    let flags = [
        (spec.optional, 1),
        (spec.run_if == RunIf::AllSettled, 2),
        (!spec.rules.is_default(), WITH_RULES),
        (spec.expires_in.is_some(), WITH_END),
    ];
    let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |all, (_, bit)| all | bit);
    let (mode, value) = match spec.start {
        Start::Now => (0, 0),
        Start::At(time) => (AT, time.as_micros()),
        Start::After(delay) => (AFTER, micros(delay)),
    };
    let mut bytes = spec.max_retries.to_le_bytes().to_vec();
    bytes.extend(spec.timeout_secs.to_le_bytes());
    bytes.extend([flags, mode]);
    bytes.extend(value.to_le_bytes());
    bytes.extend(spec.expires_in.map(|time| micros(time).to_le_bytes()).into_iter().flatten());
    if !spec.rules.is_default() {
        bytes.extend(record::pack_rules(&spec.rules));
    }
    bytes
}
