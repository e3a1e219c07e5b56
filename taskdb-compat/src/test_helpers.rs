//! Reads whole jobs and tasks and clears a store, for the tests of applications. Not
//! for their work: the calls read everything there is.

use std::fmt;

use chrono::{DateTime, NaiveDateTime};
use engine::record::Record;
use engine::{CanonicalJson, JobInfo, TaskDb, TaskInfo, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::{Handle, JobState, TaskDbErr, TaskState};

/// Entries of one page while everything is read.
const PAGE: usize = 500;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub state: JobState,
    /// The error that failed it, `cancelled` for a cancelled one.
    pub error: Option<String>,
    /// Its owner.
    pub user_id: String,
}

/// A task. Times are in UTC. Its `Debug` output does not show what to do, nor what it gave.
#[derive(Clone, PartialEq)]
pub struct Task {
    /// Its job.
    pub job_id: Uuid,
    /// Its name.
    pub task_id: String,
    /// Its stream.
    pub stream_id: Uuid,
    /// What to do.
    pub task_def: Value,
    /// The names of the tasks it waits for: an array of strings.
    pub prerequisites: Value,
    /// Where it stands.
    pub state: TaskState,
    /// When it was created.
    pub created_at: NaiveDateTime,
    /// When a worker last took it.
    pub started_at: Option<NaiveDateTime>,
    /// When its state or progress last changed; `None` as long as it is as it was created.
    pub updated_at: Option<NaiveDateTime>,
    /// Distinct prerequisites that are not done.
    pub waiting_on: i32,
    /// From 0 to 1, as last reported.
    pub progress: f32,
    /// How often it was retried.
    pub retries: i32,
    /// How often it may be retried.
    pub max_retries: i32,
    /// Seconds a worker has, from the start or the last progress.
    pub timeout_secs: i32,
    /// The result of a done task.
    pub output: Option<Value>,
    /// The error of a failed task, `cancelled` for a cancelled one.
    pub error: Option<String>,
    /// When its job was created.
    pub job_created_at: NaiveDateTime,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("job_id", &self.job_id)
            .field("task_id", &self.task_id)
            .field("stream_id", &self.stream_id)
            .field("task_def", &CanonicalJson::new(&self.task_def))
            .field("prerequisites", &self.prerequisites)
            .field("state", &self.state)
            .field("created_at", &self.created_at)
            .field("started_at", &self.started_at)
            .field("updated_at", &self.updated_at)
            .field("waiting_on", &self.waiting_on)
            .field("progress", &self.progress)
            .field("retries", &self.retries)
            .field("max_retries", &self.max_retries)
            .field("timeout_secs", &self.timeout_secs)
            .field("output", &self.output.as_ref().map(CanonicalJson::new))
            .field("error", &self.error)
            .field("job_created_at", &self.job_created_at)
            .finish()
    }
}

/// Reads a job of any user.
///
/// # Errors
///
/// `RowNotFound`.
pub async fn get_job(db: &impl Handle, job_id: &Uuid) -> Result<Job, TaskDbErr> {
    let job = db.taskdb().await?.get_job(job_id).await?;
    Ok(Job { id: job.job_id, state: job.state.into(), error: job.error, user_id: job.user_id })
}

/// Reads a task.
///
/// # Errors
///
/// `RowNotFound` for job or task.
pub async fn get_task(db: &impl Handle, job_id: &Uuid, task_id: &str) -> Result<Task, TaskDbErr> {
    let db = db.taskdb().await?;
    let job = db.get_job(job_id).await?;
    let task = db.get_task(job_id, task_id).await?;
    read(&db, &job, task).await
}

/// Reads all tasks of all jobs, oldest first, job by job.
///
/// # Errors
///
/// `RowNotFound` when a job is deleted meanwhile.
pub async fn get_tasks(db: &impl Handle) -> Result<Vec<Task>, TaskDbErr> {
    let db = db.taskdb().await?;
    let mut tasks = Vec::new();
    for job_id in jobs(&db).await? {
        let job = db.get_job(&job_id).await?;
        let mut after = None;
        loop {
            let page = db.list_tasks(&job_id, None, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.age);
            for task in page {
                tasks.push(read(&db, &job, task).await?);
            }
        }
    }
    Ok(tasks)
}

/// Deletes all jobs and all streams of the namespace.
///
/// # Errors
///
/// `InternalErr` when somebody makes new jobs meanwhile.
pub async fn cleanup(db: &impl Handle) -> Result<(), TaskDbErr> {
    let db = db.taskdb().await?;
    for job_id in jobs(&db).await? {
        db.delete_job(&job_id).await?;
    }
    loop {
        let streams = db.list_streams(None, PAGE).await?;
        for stream in &streams {
            db.delete_stream(&stream.stream_id).await?;
        }
        if streams.is_empty() {
            return Ok(());
        }
    }
}

/// The ids of all jobs, oldest first.
async fn jobs(db: &TaskDb) -> Result<Vec<Uuid>, TaskDbErr> {
    let mut jobs = Vec::new();
    let mut cursor = None;
    loop {
        let page = db.export(cursor, PAGE).await?;
        jobs.extend(page.records.into_iter().filter_map(|record| match record {
            Record::Job(job) => Some(job.job_id),
            _ => None,
        }));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(jobs);
        }
    }
}

/// Adds what the engine keeps apart from a task, and renames the rest.
async fn read(db: &TaskDb, job: &JobInfo, task: TaskInfo) -> Result<Task, TaskDbErr> {
    let output = match task.state {
        engine::TaskState::Done => Some(db.get_task_output(&task.job_id, &task.task_id).await?),
        _ => None,
    };
    let untouched =
        task.attempt == 0 && !task.state.is_terminal() && task.updated_at == task.created_at;
    Ok(Task {
        job_id: task.job_id,
        stream_id: task.stream_id,
        task_def: task.definition.to_value()?,
        prerequisites: task.prerequisites.into(),
        state: task.state.into(),
        created_at: time(task.created_at),
        started_at: task.started_at.map(time),
        updated_at: (!untouched).then(|| time(task.updated_at)),
        waiting_on: i32::try_from(task.waiting_on).unwrap_or(i32::MAX),
        progress: task.progress,
        retries: task.retries,
        max_retries: task.max_retries,
        timeout_secs: task.timeout_secs,
        output,
        error: task.error,
        job_created_at: time(job.created_at),
        task_id: task.task_id,
    })
}

/// The store's time in UTC; what chrono cannot express is the end of its range.
fn time(time: Timestamp) -> NaiveDateTime {
    let end = if time.as_micros() < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
    DateTime::from_timestamp_micros(time.as_micros()).map_or(end, |time| time.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_microseconds() {
        let text = |micros| time(Timestamp::from_micros(micros)).to_string();
        assert_eq!(text(1_000_000_000_000_001), "2001-09-09 01:46:40.000001");
        assert_eq!(time(Timestamp::MAX), NaiveDateTime::MAX);
        assert_eq!(time(Timestamp::from_micros(i64::MIN)), NaiveDateTime::MIN);
    }
}
