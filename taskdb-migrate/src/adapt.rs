//! What changes on the way: claims that are not honoured, names that are too long.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taskdb::record::{EventRecord, Record, TaskRecord};
use taskdb::{Limits, TaskState};

use crate::error::{MigrateErr, Result};

/// What becomes of tasks that are being worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Running {
    /// They arrive ready, at their old places, as if their workers had released them.
    #[default]
    Requeue,
    /// They arrive running, and their workers can report to the target.
    Keep,
}

/// How records change on their way.
#[derive(Debug, Clone, Copy)]
pub struct Adapt {
    /// What becomes of tasks with a claim.
    pub running: Running,
    /// Whether names beyond the hard cap become shorter ones; refused otherwise.
    pub rename_long: bool,
    /// Whether the event log goes along.
    pub(crate) events: bool,
    /// Whether names are looked at.
    names: bool,
}

impl Adapt {
    /// Changes nothing that a store of this release can hold.
    pub fn nothing() -> Self {
        Self::new(Running::Keep, false)
    }

    /// The same, but names stay as they are, whether they fit or not.
    #[must_use]
    pub(crate) fn unnamed(self) -> Self {
        Self { names: false, ..self }
    }

    /// What a copy with these options changes.
    pub fn new(running: Running, rename_long: bool) -> Self {
        Self { running, rename_long, events: false, names: true }
    }

    /// The same, and whether the event log goes along.
    #[must_use]
    pub fn events(self, events: bool) -> Self {
        Self { events, ..self }
    }

    /// Adapts records.
    ///
    /// # Errors
    ///
    /// `Refused` for a name beyond the hard cap that is not to be renamed.
    pub fn records(&self, mut records: Vec<Record>) -> Result<Vec<Record>> {
        records.iter_mut().try_for_each(|record| self.record(record))?;
        Ok(records)
    }

    fn record(&self, record: &mut Record) -> Result<()> {
        match record {
            Record::Stream(stream) => {
                self.name("worker type", &mut stream.worker_type)?;
                self.name("user", &mut stream.user_id)
            }
            Record::Job(job) => self.name("user", &mut job.user_id),
            Record::Task(task) => {
                if self.running == Running::Requeue {
                    requeue(task);
                }
                self.name("task", &mut task.task_id)?;
                task.prerequisites.iter_mut().try_for_each(|name| self.name("task", name))
            }
            Record::Event(EventRecord { event, .. }) => {
                event.task_id.as_mut().map_or(Ok(()), |name| self.name("task", name))
            }
            _ => Ok(()),
        }
    }

    fn name(&self, kind: &str, name: &mut String) -> Result<()> {
        if !self.names || fits(name) {
            return Ok(());
        }
        if !self.rename_long {
            return Err(MigrateErr::Refused(format!(
                "the {kind} `{}…` has {} bytes or control characters; no store takes more than {}: \
                 see which there are with `check`, and shorten them with `--rename-long`",
                head(name, 60),
                name.len(),
                Limits::HARD.name_bytes,
            )));
        }
        *name = shortened(name);
        Ok(())
    }
}

/// As `release_claims` would: ready at its old place, which callers see as cancelled where
/// its job has stopped.
fn requeue(task: &mut TaskRecord) {
    if task.state == TaskState::Running {
        task.claim = None;
        task.progress = 0.0;
        task.state = TaskState::Ready;
    }
}

/// Whether every store can hold a name.
pub(crate) fn fits(name: &str) -> bool {
    let bytes = 1..=Limits::HARD.name_bytes;
    bytes.contains(&name.len()) && !name.chars().any(char::is_control)
}

/// The beginning of a name as far as it has a place, without control characters.
fn head(name: &str, bytes: usize) -> String {
    let end = name.floor_char_boundary(bytes);
    name[..end].chars().filter(|c| !c.is_control()).collect()
}

/// A name that fits, the same for the same long one and for no other.
pub(crate) fn shortened(name: &str) -> String {
    let digest = blake3::hash(name.as_bytes()).to_hex();
    format!("{}~{}", head(name, Limits::HARD.name_bytes - 40), &digest[..32])
}

/// Names that do not fit, by kind, with how many there are.
pub(crate) fn misfits(record: &Record, found: &mut BTreeMap<(&'static str, String), u64>) {
    let mut note = |kind, name: &str| {
        if !fits(name) {
            *found.entry((kind, head(name, 60))).or_default() += 1;
        }
    };
    match record {
        Record::Stream(stream) => {
            note("worker type", &stream.worker_type);
            note("user", &stream.user_id);
        }
        Record::Job(job) => note("user", &job.user_id),
        Record::Task(task) => note("task", &task.task_id),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_differ_as_the_long_ones_do() {
        let (one, other) = ("x".repeat(3_000) + "1", "x".repeat(3_000) + "2");
        assert_ne!(shortened(&one), shortened(&other));
        assert_eq!(shortened(&one), shortened(&one.clone()));
        for name in [&one, "\u{1f600}".repeat(700).as_str(), "", "a\nb"] {
            assert!(!fits(name) && fits(&shortened(name)), "{name:?}");
        }
    }
}
