//! Portable records: everything a namespace holds, in a form any store can
//! write and read. Migration, dumps and the auditor live on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;
use crate::job::Priority;
use crate::json::CanonicalJson;
use crate::rules::Rules;
use crate::schedule::ScheduleInfo;
use crate::state::{JobState, TaskState};
use crate::task::RunIf;
use crate::time::Timestamp;

/// One thing a namespace holds.
///
/// An export yields all streams by age, then each job by age followed by its
/// tasks by age, then the outputs kept of deleted jobs, then schedules. An import takes them in
/// that order, and behind them the events that `list_events` yields; a record that is there
/// already is left as it is.
///
/// As JSON, a record of a later release may have fields that this one does not know. It is
/// refused by the name of the first, for what it says would be lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A stream.
    Stream(StreamRecord),
    /// A job.
    Job(JobRecord),
    /// A task of the last job before it.
    Task(Box<TaskRecord>),
    /// The output of a task whose job was deleted.
    KeptOutput(KeptOutputRecord),
    /// A schedule.
    Schedule(ScheduleInfo),
    /// Something that has happened.
    Event(EventRecord),
}

/// A stream as it was configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamRecord {
    /// Its id.
    pub stream_id: Uuid,
    /// Its place in the order of creation.
    pub age: u64,
    /// The pool of workers it feeds.
    pub worker_type: String,
    /// Its owner.
    pub user_id: String,
    /// Workers it is guaranteed.
    pub reserved: i32,
    /// Its weight above the guarantee.
    pub be_mult: f64,
    /// Whether claims pass it by.
    pub paused: bool,
    /// Deleted, and kept only because old tasks name it.
    #[serde(default)]
    pub deleted: bool,
    /// What the store has derived for it; absent in files.
    #[serde(skip)]
    pub derived: Option<StreamDerived>,
}

/// A job without its tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// Its id.
    pub job_id: Uuid,
    /// Its place in the order of creation.
    pub age: u64,
    /// Its owner.
    pub user_id: String,
    /// Where it stands.
    pub state: JobState,
    /// The error that failed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its class.
    pub priority: Priority,
    /// Its idempotency key and, if it ends, when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<(String, Option<Timestamp>)>,
    /// Its name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether retention passes it by.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its first task was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When a task last changed its state or reported progress.
    pub updated_at: Timestamp,
    /// What the store has derived for it; absent in files.
    #[serde(skip)]
    pub derived: Option<JobDerived>,
}

/// A task with its definition and output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskRecord {
    /// Its job.
    pub job_id: Uuid,
    /// Its name.
    pub task_id: String,
    /// Its place in the order of creation within the job.
    pub age: u64,
    /// Its stream.
    pub stream_id: Uuid,
    /// Its own state; in a stopped job, pending and ready read as cancelled.
    pub state: TaskState,
    /// What to do.
    pub definition: CanonicalJson,
    /// Its prerequisites, in the order given.
    pub prerequisites: Vec<String>,
    /// Whether its failure is tolerated.
    pub optional: bool,
    /// When its prerequisites count as settled.
    pub run_if: RunIf,
    /// Failed or cancelled without failing the job.
    #[serde(default)]
    pub tolerated: bool,
    /// How often it may be retried.
    pub max_retries: i32,
    /// How often it was retried.
    pub retries: i32,
    /// How often a claim on it expired.
    pub losses: u32,
    /// How often it was handed out.
    pub attempt: u64,
    /// Seconds a worker has.
    pub timeout_secs: i32,
    /// What follows a failed attempt.
    #[serde(default, skip_serializing_if = "Rules::is_default")]
    pub rules: Rules,
    /// From 0 to 1.
    pub progress: f32,
    /// The result of a done task. A result of `null` is not the same as none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub output: Option<CanonicalJson>,
    /// The error of a failed or cancelled task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The claim of a running task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimRecord>,
    /// When it may start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// When it fails unless it has been claimed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_by: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What the store has derived for it; absent in files.
    #[serde(skip)]
    pub derived: Option<TaskDerived>,
}

/// The claim of a running task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRecord {
    /// The caller's random id.
    pub id: Uuid,
    /// Who holds it.
    pub worker_id: String,
    /// Microseconds it lasts without renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_micros: Option<i64>,
    /// When it ends without renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_end: Option<Timestamp>,
    /// The end set by start and progress.
    pub work_deadline: Timestamp,
    /// The earlier of that and the end of the lease.
    pub deadline: Timestamp,
}

/// The output of `init` of a job deleted with a time to live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptOutputRecord {
    /// The deleted job.
    pub job_id: Uuid,
    /// The task.
    pub task_id: String,
    /// Its output.
    pub output: CanonicalJson,
    /// When it goes.
    pub expires_at: Timestamp,
}

/// An event of the log.
///
/// The number says which events are there already: an import passes by one that is not above
/// all that the log has held. The time in microseconds is above the events that a store has
/// written down itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventRecord {
    /// What has happened.
    pub event: Event,
    /// Its number, above that of the event before it; absent in files.
    #[serde(skip)]
    pub number: u64,
}

impl EventRecord {
    /// The highest number.
    pub const MAX_NUMBER: u64 = 1 << 53;
}

/// What a store keeps about a stream besides its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamDerived {
    /// Its count of pending tasks, of jobs that are not stopped.
    pub pending: i64,
    /// Its counts of ready tasks by class, of jobs that are not stopped.
    pub ready: [i64; 3],
    /// Its count of running tasks.
    pub running: i64,
    /// Whether the scheduling index lists it, by class.
    pub scheduled: [bool; 3],
}

/// What a store keeps about a job besides its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobDerived {
    /// Its count of tasks.
    pub tasks: i64,
    /// Its count of tasks that are not done.
    pub unresolved: i64,
    /// Its count of tasks whose own state is not terminal.
    pub open: i64,
    /// Whether a large release of it is under way.
    pub releasing: bool,
}

/// What a store keeps about a task besides its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDerived {
    /// Its count of prerequisites not settled.
    pub waiting_on: i64,
    /// Whether the ready index lists it.
    pub indexed_ready: bool,
    /// Whether the set of live claims lists it.
    pub claimed: bool,
    /// The ages of the tasks that name it as a prerequisite, ascending.
    pub dependants: Vec<u64>,
}

/// Where an export goes on. Opaque to callers; valid only for the store that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Some records and where to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// Reads a field that is there, `null` included.
fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<CanonicalJson>, D::Error> {
    CanonicalJson::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_later_release_is_refused_by_its_name() {
        let id = Uuid::nil();
        let text = format!(
            r#"{{"record":"kept_output","job_id":"{id}","task_id":"a","output":1,"expires_at":5,"colour":"red"}}"#
        );
        let error = serde_json::from_str::<Record>(&text).unwrap_err().to_string();
        assert!(error.contains("colour"), "{error}");
        let known = text.replace(r#","colour":"red""#, "");
        assert!(matches!(serde_json::from_str(&known).unwrap(), Record::KeptOutput(_)));
    }

    #[test]
    fn payloads_are_written_as_they_are() {
        let stored = r#"{"a":[1.0,12345678901234567890123],"b":"\u0000"}"#;
        let output = CanonicalJson::from_stored(stored.to_owned());
        let expires_at = Timestamp::from_micros(5);
        let record =
            KeptOutputRecord { job_id: Uuid::nil(), task_id: "a".into(), output, expires_at };
        assert!(serde_json::to_string(&record).unwrap().contains(stored));
    }
}
