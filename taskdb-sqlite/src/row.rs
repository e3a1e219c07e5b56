//! Rows as the statements return them.

use std::collections::BTreeMap;

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError};
use taskdb_core::{
    Backoff, JobInfo, JobState, Priority, Rules, RunIf, StreamInfo, TaskState, Timestamp,
};
use uuid::Uuid;

use crate::error::Outcome;
use crate::sql;
use crate::unit::Unit;

/// Reads a 16-byte id.
pub(crate) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// Reads a number that stands for a value of `T`.
fn coded<T>(row: &Row<'_>, column: usize, decode: fn(u8) -> Option<T>) -> rusqlite::Result<T> {
    let code: i64 = row.get(column)?;
    u8::try_from(code).ok().and_then(decode).ok_or_else(|| {
        let error = Box::new(FromSqlError::OutOfRange(code));
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Integer, error)
    })
}

/// Reads a count, which is never negative in a sound store.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0))
}

fn get<T: FromSql>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    row.get(column)
}

/// A stream with its number and counters.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) stream: i64,
    pub(crate) id: Uuid,
    pub(crate) worker_type: String,
    pub(crate) user_id: String,
    pub(crate) reserved: i32,
    pub(crate) be_mult: f64,
    pub(crate) paused: bool,
    pub(crate) pending: i64,
    pub(crate) ready: [i64; 3],
    pub(crate) running: i64,
    pub(crate) deleted: bool,
}

impl Stream {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            stream: get(row, 0)?,
            id: id(row, 1)?,
            worker_type: get(row, 2)?,
            user_id: get(row, 3)?,
            reserved: get(row, 4)?,
            be_mult: get(row, 5)?,
            paused: get(row, 6)?,
            pending: get(row, 7)?,
            ready: [get(row, 8)?, get(row, 9)?, get(row, 10)?],
            running: get(row, 11)?,
            deleted: get(row, 12)?,
        })
    }

    pub(crate) fn info(self, ready_since: Option<Timestamp>) -> StreamInfo {
        let whole = |count: i64| u64::try_from(count).unwrap_or(0);
        StreamInfo {
            stream_id: self.id,
            age: whole(self.stream),
            worker_type: self.worker_type,
            user_id: self.user_id,
            reserved: self.reserved,
            be_mult: self.be_mult,
            paused: self.paused,
            pending: whole(self.pending),
            ready: self.ready.map(whole),
            running: whole(self.running),
            ready_since,
        }
    }
}

/// A job with its number and counters.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) job: i64,
    pub(crate) id: Uuid,
    pub(crate) user_id: String,
    pub(crate) state: JobState,
    pub(crate) error: Option<String>,
    pub(crate) priority: Priority,
    pub(crate) key: Option<String>,
    pub(crate) key_expires_at: Option<i64>,
    pub(crate) next_task: i64,
    pub(crate) tasks: i64,
    pub(crate) unresolved: i64,
    pub(crate) open: i64,
    /// Tasks that failed or were cancelled without tolerance.
    pub(crate) hard: i64,
    /// Retention passes it by.
    pub(crate) keep: bool,
    pub(crate) name: Option<String>,
    /// A JSON object, unless there are none.
    pub(crate) labels: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) updated_at: i64,
}

impl Job {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            job: get(row, 0)?,
            id: id(row, 1)?,
            user_id: get(row, 2)?,
            state: coded(row, 3, JobState::from_code)?,
            error: get(row, 4)?,
            priority: coded(row, 5, Priority::from_code)?,
            key: get(row, 6)?,
            key_expires_at: get(row, 7)?,
            next_task: get(row, 8)?,
            tasks: get(row, 9)?,
            unresolved: get(row, 10)?,
            open: get(row, 11)?,
            hard: get(row, 12)?,
            created_at: get(row, 13)?,
            started_at: get(row, 14)?,
            updated_at: get(row, 15)?,
            keep: get(row, 16)?,
            name: get(row, 17)?,
            labels: get(row, 18)?,
        })
    }

    /// Its labels; what is stored was written from such a map.
    pub(crate) fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.labels.as_ref().and_then(|text| serde_json::from_str(text).ok());
        labels.unwrap_or_default()
    }

    /// Labels as they are stored.
    pub(crate) fn store_labels(labels: &BTreeMap<String, String>) -> Outcome<Option<String>> {
        let text = (!labels.is_empty()).then(|| serde_json::to_string(labels));
        Ok(text.transpose()?)
    }

    /// Writes a job that is new; its counters follow with the rest of the unit.
    pub(crate) fn insert(&self, unit: &Unit<'_>) -> Outcome<()> {
        let params = rusqlite::params![
            unit.ns,
            self.job,
            self.id.as_bytes(),
            &self.user_id,
            self.state.code(),
            &self.error,
            self.priority.code(),
            &self.key,
            self.key_expires_at,
            self.created_at,
            self.started_at,
            self.updated_at,
            self.keep,
            &self.name,
            &self.labels,
        ];
        unit.exec(sql::jobs::insert, params).map(drop)
    }

    pub(crate) fn info(&self) -> JobInfo {
        let whole = |count: i64| u64::try_from(count).unwrap_or(0);
        JobInfo {
            job_id: self.id,
            age: whole(self.job),
            user_id: self.user_id.clone(),
            state: self.state,
            error: self.error.clone(),
            priority: self.priority,
            tasks: whole(self.tasks),
            unresolved: whole(self.unresolved),
            name: self.name.clone(),
            labels: self.labels(),
            keep: self.keep,
            created_at: Timestamp::from_micros(self.created_at),
            started_at: self.started_at.map(Timestamp::from_micros),
            updated_at: Timestamp::from_micros(self.updated_at),
        }
    }
}

/// A task without its payloads.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) task: i64,
    pub(crate) name: String,
    pub(crate) stream: i64,
    pub(crate) state: TaskState,
    pub(crate) waiting_on: i64,
    pub(crate) optional: bool,
    pub(crate) run_if: RunIf,
    pub(crate) tolerated: bool,
    pub(crate) max_retries: i32,
    pub(crate) retries: i32,
    pub(crate) losses: i64,
    pub(crate) attempt: i64,
    pub(crate) timeout_secs: i32,
    pub(crate) progress: f64,
    pub(crate) start_at: Option<i64>,
    pub(crate) lease: Option<i64>,
    pub(crate) lease_end: Option<i64>,
    pub(crate) work_deadline: Option<i64>,
    pub(crate) deadline: Option<i64>,
    /// The present claim, or the last one.
    pub(crate) claim_id: Option<Uuid>,
    pub(crate) worker_id: Option<String>,
    /// Which call ended the last claim.
    pub(crate) closing: Closing,
    pub(crate) error: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) updated_at: i64,
    pub(crate) rules: Rules,
    pub(crate) start_by: Option<i64>,
}

impl Task {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task: get(row, 0)?,
            name: get(row, 1)?,
            stream: get(row, 2)?,
            state: coded(row, 3, TaskState::from_code)?,
            waiting_on: get(row, 4)?,
            optional: get(row, 5)?,
            run_if: coded(row, 6, RunIf::from_code)?,
            tolerated: get(row, 7)?,
            max_retries: get(row, 8)?,
            retries: get(row, 9)?,
            losses: get(row, 10)?,
            attempt: get(row, 11)?,
            timeout_secs: get(row, 12)?,
            progress: get(row, 13)?,
            start_at: get(row, 14)?,
            lease: get(row, 15)?,
            lease_end: get(row, 16)?,
            work_deadline: get(row, 17)?,
            deadline: get(row, 18)?,
            claim_id: row.get::<_, Option<[u8; 16]>>(19)?.map(Uuid::from_bytes),
            worker_id: get(row, 20)?,
            closing: coded(row, 21, Closing::from_code)?,
            error: get(row, 22)?,
            created_at: get(row, 23)?,
            started_at: get(row, 24)?,
            updated_at: get(row, 25)?,
            rules: Rules {
                backoff: Backoff {
                    first_micros: row.get::<_, Option<i64>>(26)?.unwrap_or(0),
                    cap_micros: row.get::<_, Option<i64>>(27)?.unwrap_or(0),
                    jitter: row.get::<_, Option<u8>>(28)?.unwrap_or(0),
                },
                max_losses: get(row, 29)?,
            },
            start_by: get(row, 30)?,
        })
    }

    /// When its next attempt starts by its rules; at once when `None`.
    pub(crate) fn next_start(&self, now: i64) -> Option<i64> {
        let delay = self.rules.backoff.delay(u64::try_from(self.task).unwrap_or(0), self.retries);
        let start = Timestamp::from_micros(now).after(delay).as_micros();
        (!delay.is_zero()).then_some(start)
    }

    /// Waits for its start time and nothing else: listed among the delayed.
    pub(crate) fn delayed_until(&self) -> Option<i64> {
        let waits = self.state == TaskState::Pending && self.waiting_on == 0;
        self.start_at.filter(|_| waits)
    }
}

/// Which call ended the last claim of a task, so that repeating it gets the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// None: it is live, or something else ended it.
    None,
    /// `update_task_done`, accepted.
    Done,
    /// `update_task_failed`, accepted.
    Failed,
    /// `update_task_retry`, which will run again.
    Retried,
    /// `update_task_retry`, which will not.
    RetriedOut,
    /// `release_claims`, which will run again.
    Released,
    /// `release_claims`, which will not.
    ReleasedOut,
}

impl Closing {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Done,
        Self::Failed,
        Self::Retried,
        Self::RetriedOut,
        Self::Released,
        Self::ReleasedOut,
    ];

    pub(crate) const fn code(self) -> u8 {
        self as u8
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// The columns of the rules of a task; none are set for a task without rules of its own.
pub(crate) fn rules(rules: &Rules) -> (Option<i64>, Option<i64>, Option<u8>, Option<u32>) {
    let backoff = Some(rules.backoff).filter(|backoff| !backoff.is_none());
    (
        backoff.map(|backoff| backoff.first_micros),
        backoff.map(|backoff| backoff.cap_micros),
        backoff.map(|backoff| backoff.jitter),
        rules.max_losses,
    )
}
