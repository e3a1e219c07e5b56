//! The documents of `--json`; their field names are described in `docs/cli.md`.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use taskdb::Timestamp;
use taskdb::{CanonicalJson, JobInfo, JobState, Priority, RunIf, StreamInfo, TaskInfo, TaskState};
use uuid::Uuid;

/// A time as RFC 3339 in UTC, to the microsecond.
#[derive(Debug)]
pub(crate) struct Time(Timestamp);

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match jiff::Timestamp::from_microsecond(self.0.as_micros()) {
            Ok(time) => serializer.collect_str(&format_args!("{time:.6}")),
            // Beyond the year 9999: there is no such text.
            Err(_) => serializer.serialize_none(),
        }
    }
}

/// A job.
#[derive(Debug, Serialize)]
pub(crate) struct JobDoc {
    job_id: Uuid,
    age: u64,
    user: String,
    state: JobState,
    error: Option<String>,
    name: Option<String>,
    labels: BTreeMap<String, String>,
    keep: bool,
    priority: Priority,
    task_count: u64,
    unresolved_count: u64,
    created_at: Time,
    started_at: Option<Time>,
    updated_at: Time,
    elapsed_secs: f64,
}

impl From<JobInfo> for JobDoc {
    fn from(job: JobInfo) -> Self {
        Self {
            elapsed_secs: job.elapsed().as_secs_f64(),
            job_id: job.job_id,
            age: job.age,
            user: job.user_id,
            state: job.state,
            error: job.error,
            name: job.name,
            labels: job.labels,
            keep: job.keep,
            priority: job.priority,
            task_count: job.tasks,
            unresolved_count: job.unresolved,
            created_at: Time(job.created_at),
            started_at: job.started_at.map(Time),
            updated_at: Time(job.updated_at),
        }
    }
}

/// A task.
#[derive(Debug, Serialize)]
pub(crate) struct TaskDoc {
    name: String,
    age: u64,
    state: TaskState,
    worker_type: Option<String>,
    stream_id: Uuid,
    definition: CanonicalJson,
    prerequisites: Vec<String>,
    waiting_on: u32,
    optional: bool,
    run_if: RunIf,
    retries: i32,
    max_retries: i32,
    losses: u32,
    attempt: u64,
    timeout_secs: i32,
    progress: f32,
    error: Option<String>,
    worker: Option<String>,
    deadline: Option<Time>,
    start_at: Option<Time>,
    created_at: Time,
    started_at: Option<Time>,
    updated_at: Time,
}

impl TaskDoc {
    /// A task of a stream that feeds `worker_type`; `None` if the stream is gone.
    pub(crate) fn new(task: TaskInfo, worker_type: Option<String>) -> Self {
        Self {
            name: task.task_id,
            age: task.age,
            state: task.state,
            worker_type,
            stream_id: task.stream_id,
            definition: task.definition,
            prerequisites: task.prerequisites,
            waiting_on: task.waiting_on,
            optional: task.optional,
            run_if: task.run_if,
            retries: task.retries,
            max_retries: task.max_retries,
            losses: task.losses,
            attempt: task.attempt,
            timeout_secs: task.timeout_secs,
            progress: task.progress,
            error: task.error,
            worker: task.worker_id,
            deadline: task.deadline.map(Time),
            start_at: task.start_at.map(Time),
            created_at: Time(task.created_at),
            started_at: task.started_at.map(Time),
            updated_at: Time(task.updated_at),
        }
    }
}

/// A stream.
#[derive(Debug, Serialize)]
pub(crate) struct StreamDoc {
    stream_id: Uuid,
    age: u64,
    worker_type: String,
    user: String,
    reserved: i32,
    be_mult: f64,
    paused: bool,
    pending_count: u64,
    ready_count: ReadyDoc,
    running_count: u64,
    share: f64,
}

/// Tasks that can be claimed, by class.
#[derive(Debug, Serialize)]
struct ReadyDoc {
    high: u64,
    medium: u64,
    low: u64,
}

impl From<StreamInfo> for StreamDoc {
    fn from(stream: StreamInfo) -> Self {
        let [high, medium, low] = stream.ready;
        Self {
            share: stream.share(),
            stream_id: stream.stream_id,
            age: stream.age,
            worker_type: stream.worker_type,
            user: stream.user_id,
            reserved: stream.reserved,
            be_mult: stream.be_mult,
            paused: stream.paused,
            pending_count: stream.pending,
            ready_count: ReadyDoc { high, medium, low },
            running_count: stream.running,
        }
    }
}

#[test]
fn times_are_utc_to_the_microsecond() {
    let text = |micros| serde_json::to_string(&Time(Timestamp::from_micros(micros))).unwrap();
    assert_eq!(text(1_000_000_000_000_000), "\"2001-09-09T01:46:40.000000Z\"");
    assert_eq!(text(1_500_001), "\"1970-01-01T00:00:01.500001Z\"");
    assert_eq!(text(i64::MAX), "null");
}
