//! Rows as values.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{ColumnIndex, Decode, Postgres, Row, Type};
use taskdb_core::record::ClaimRecord;
use taskdb_core::{
    Backoff, CanonicalJson, JobState, Priority, Result, Rules, RunIf, StreamInfo, TaskState,
    Timestamp,
};
use uuid::Uuid;

use crate::error::{Fault, corrupt};

/// Reads a column.
pub(crate) fn get<'r, T>(row: &'r PgRow, column: impl ColumnIndex<PgRow>) -> Result<T>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
{
    row.try_get(column).map_err(|error| Fault::from(error).into())
}

/// Reads a number that is not negative.
pub(crate) fn count(row: &PgRow, column: &str) -> Result<u64> {
    let number: i64 = get(row, column)?;
    u64::try_from(number).map_err(|_| corrupt(format!("`{column}` is {number}")))
}

/// Reads what is stored as a number.
pub(crate) fn coded<T>(row: &PgRow, column: &str, decode: fn(u8) -> Option<T>) -> Result<T> {
    code(column, get(row, column)?, decode)
}

/// The value of a number of a column.
pub(crate) fn code<T>(column: &str, code: i16, decode: fn(u8) -> Option<T>) -> Result<T> {
    let decoded = u8::try_from(code).ok().and_then(decode);
    decoded.ok_or_else(|| corrupt(format!("`{column}` is {code}")))
}

/// Reads the state of a job.
pub(crate) fn job_state(row: &PgRow, column: &str) -> Result<JobState> {
    coded(row, column, JobState::from_code)
}

/// Reads what a task has come to itself.
pub(crate) fn task_state(row: &PgRow, column: &str) -> Result<TaskState> {
    coded(row, column, TaskState::from_code)
}

/// Reads the class of a job.
pub(crate) fn priority(row: &PgRow, column: &str) -> Result<Priority> {
    coded(row, column, Priority::from_code)
}

/// Reads a time.
pub(crate) fn time(row: &PgRow, column: &str) -> Result<Timestamp> {
    get(row, column).map(Timestamp::from_micros)
}

/// Reads a time that may be missing.
pub(crate) fn maybe_time(row: &PgRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_micros))
}

/// Reads a JSON text that may be missing.
pub(crate) fn maybe_json(row: &PgRow, column: &str) -> Result<Option<CanonicalJson>> {
    Ok(get::<Option<String>>(row, column)?.map(CanonicalJson::from_stored))
}

/// Reads a JSON text.
pub(crate) fn json(row: &PgRow, column: &str) -> Result<CanonicalJson> {
    get(row, column).map(CanonicalJson::from_stored)
}

/// Reads a text that may hold what Postgres does not take as text.
pub(crate) fn text(row: &PgRow, column: &str) -> Result<Option<String>> {
    get::<Option<Vec<u8>>>(row, column)?.map(|bytes| utf8(column, bytes)).transpose()
}

/// The text in the bytes of a column.
pub(crate) fn utf8(column: &str, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| corrupt(format!("`{column}` is not UTF-8")))
}

/// Reads the labels of a job, a JSON object of texts.
fn labels(row: &PgRow) -> Result<BTreeMap<String, String>> {
    let text: Option<String> = get(row, "labels")?;
    let Some(text) = text else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&text).map_err(|_| corrupt("the labels of a job are not an object"))
}

/// Reads the rules of a task; columns without a value are those of a task that has none.
fn rules(row: &PgRow) -> Result<Rules> {
    let number = |column| get::<Option<i64>>(row, column);
    let jitter: Option<i16> = get(row, "backoff_jitter")?;
    let backoff = Backoff {
        first_micros: number("backoff_first")?.unwrap_or(0),
        cap_micros: number("backoff_cap")?.unwrap_or(0),
        jitter: jitter.and_then(|percent| u8::try_from(percent).ok()).unwrap_or(0),
    };
    let losses = number("max_losses")?;
    let max_losses = losses.map(|most| u32::try_from(most).unwrap_or(u32::MAX));
    Ok(Rules { backoff, max_losses })
}

/// A stream.
pub(crate) struct Stream {
    pub(crate) info: StreamInfo,
    pub(crate) deleted: bool,
}

impl Stream {
    pub(crate) fn read(row: &PgRow) -> Result<Self> {
        let info = StreamInfo {
            stream_id: get(row, "id")?,
            age: count(row, "stream")?,
            worker_type: get(row, "worker_type")?,
            user_id: get(row, "user_id")?,
            reserved: get(row, "reserved")?,
            be_mult: get(row, "be_mult")?,
            paused: get(row, "paused")?,
            pending: count(row, "pending")?,
            ready: [
                count(row, "ready_high")?,
                count(row, "ready_medium")?,
                count(row, "ready_low")?,
            ],
            running: count(row, "running")?,
            ready_since: maybe_time(row, "ready_since")?,
        };
        Ok(Self { info, deleted: get(row, "deleted")? })
    }
}

/// A job.
pub(crate) struct Job {
    pub(crate) job: u64,
    pub(crate) id: Uuid,
    pub(crate) user_id: String,
    pub(crate) state: JobState,
    pub(crate) error: Option<String>,
    pub(crate) priority: Priority,
    pub(crate) key: Option<String>,
    pub(crate) key_expires_at: Option<Timestamp>,
    pub(crate) tasks: u64,
    pub(crate) unresolved: u64,
    pub(crate) open: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
    pub(crate) keep: bool,
    pub(crate) name: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) releasing: bool,
}

impl Job {
    pub(crate) fn read(row: &PgRow) -> Result<Self> {
        Ok(Self {
            job: count(row, "job")?,
            id: get(row, "id")?,
            user_id: get(row, "user_id")?,
            state: job_state(row, "state")?,
            error: text(row, "error")?,
            priority: priority(row, "priority")?,
            key: get(row, "key")?,
            key_expires_at: maybe_time(row, "key_expires_at")?,
            tasks: count(row, "tasks")?,
            unresolved: count(row, "unresolved")?,
            open: count(row, "open")?,
            created_at: time(row, "created_at")?,
            started_at: maybe_time(row, "started_at")?,
            updated_at: time(row, "updated_at")?,
            keep: get(row, "keep")?,
            name: get(row, "name")?,
            labels: labels(row)?,
            releasing: get(row, "releasing")?,
        })
    }
}

/// A task with its definition.
pub(crate) struct Task {
    pub(crate) task: u64,
    pub(crate) name: String,
    pub(crate) stream_id: Uuid,
    /// What it has come to itself.
    pub(crate) state: TaskState,
    pub(crate) job_state: JobState,
    pub(crate) definition: CanonicalJson,
    pub(crate) prerequisites: Vec<String>,
    pub(crate) waiting_on: u32,
    pub(crate) optional: bool,
    pub(crate) run_if: RunIf,
    pub(crate) tolerated: bool,
    pub(crate) max_retries: i32,
    pub(crate) retries: i32,
    pub(crate) losses: u32,
    pub(crate) attempt: u64,
    pub(crate) timeout_secs: i32,
    pub(crate) progress: f32,
    pub(crate) error: Option<String>,
    pub(crate) claim_id: Option<Uuid>,
    pub(crate) worker_id: Option<String>,
    pub(crate) lease: Option<i64>,
    pub(crate) lease_end: Option<Timestamp>,
    pub(crate) work_deadline: Option<Timestamp>,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) start_at: Option<Timestamp>,
    pub(crate) start_by: Option<Timestamp>,
    pub(crate) rules: Rules,
    pub(crate) created_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
}

fn small(row: &PgRow, column: &str) -> Result<u32> {
    let number: i32 = get(row, column)?;
    u32::try_from(number).map_err(|_| corrupt(format!("`{column}` is {number}")))
}

impl Task {
    pub(crate) fn read(row: &PgRow) -> Result<Self> {
        Ok(Self {
            task: small(row, "task")?.into(),
            name: get(row, "name")?,
            stream_id: get(row, "stream_id")?,
            state: task_state(row, "state")?,
            job_state: job_state(row, "job_state")?,
            definition: json(row, "body")?,
            prerequisites: get(row, "prerequisites")?,
            waiting_on: small(row, "waiting_on")?,
            optional: get(row, "optional")?,
            run_if: coded(row, "run_if", RunIf::from_code)?,
            tolerated: get(row, "tolerated")?,
            max_retries: get(row, "max_retries")?,
            retries: get(row, "retries")?,
            losses: small(row, "losses")?,
            attempt: count(row, "attempt")?,
            timeout_secs: get(row, "timeout_secs")?,
            progress: get(row, "progress")?,
            error: text(row, "error")?,
            claim_id: get(row, "claim_id")?,
            worker_id: get(row, "worker_id")?,
            lease: get(row, "lease")?,
            lease_end: maybe_time(row, "lease_end")?,
            work_deadline: maybe_time(row, "work_deadline")?,
            deadline: maybe_time(row, "deadline")?,
            start_at: maybe_time(row, "start_at")?,
            start_by: maybe_time(row, "start_by")?,
            rules: rules(row)?,
            created_at: time(row, "created_at")?,
            started_at: maybe_time(row, "started_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }

    /// The claim of a running task.
    pub(crate) fn claim(&self) -> Option<ClaimRecord> {
        Some(ClaimRecord {
            id: self.claim_id?,
            worker_id: self.worker_id.clone()?,
            lease_micros: self.lease,
            lease_end: self.lease_end,
            work_deadline: self.work_deadline?,
            deadline: self.deadline?,
        })
    }
}
