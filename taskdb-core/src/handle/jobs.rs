//! Calls about whole jobs.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::{TaskDb, new_id};
use crate::error::{Entity, Result, TaskDbErr};
use crate::job::{JobFilter, JobInfo, NewJob, Priority};
use crate::json::CanonicalJson;
use crate::request::{
    CancelJob, ClearCompletedJobs, CreateJob, DeleteJob, GetConcurrentJobs, GetJob, ListJobs,
    PurgeJobs, RetryJob, UpdateJob,
};
use crate::retention::{Keep, Purged, Retention};
use crate::state::JobState;

/// The most jobs that one call deletes.
const PURGE_STEP: u64 = 100;

/// The request that makes a job.
pub(super) fn request(job: NewJob) -> CreateJob {
    CreateJob {
        job_id: job.id.unwrap_or_else(new_id),
        user_id: job.user_id,
        stream_id: job.stream_id,
        definition: CanonicalJson::new(&job.definition),
        max_retries: job.max_retries,
        timeout_secs: job.timeout_secs,
        priority: job.priority,
        start: job.start,
        key: job.key,
        expires_in: job.expires_in,
        rules: job.rules,
        name: job.name,
        labels: job.labels,
    }
}

impl TaskDb {
    /// Makes a job and its task `init`, which is ready at once; returns its id.
    ///
    /// # Errors
    ///
    /// `NotFound` for the stream, `InvalidArgument`, `TooLarge`.
    pub async fn create_job(
        &self,
        stream_id: &Uuid,
        task_def: &Value,
        max_retries: i32,
        timeout_secs: i32,
        user_id: &str,
    ) -> Result<Uuid> {
        let priority = Priority::default();
        self.create_job_with_priority(
            stream_id,
            task_def,
            max_retries,
            timeout_secs,
            user_id,
            priority,
        )
        .await
    }

    /// As [`create_job`](Self::create_job) with a class for all tasks of the job.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create_job_with_priority(
        &self,
        stream_id: &Uuid,
        task_def: &Value,
        max_retries: i32,
        timeout_secs: i32,
        user_id: &str,
        priority: Priority,
    ) -> Result<Uuid> {
        let job = NewJob::new(user_id, *stream_id, task_def.clone())
            .retries(max_retries)
            .timeout_secs(timeout_secs)
            .priority(priority);
        self.create_job_with(job).await
    }

    /// Makes a job with everything there is to say about it; returns its id, or
    /// that of the first job with its idempotency key.
    ///
    /// # Errors
    ///
    /// As [`create_job`](Self::create_job), and `AlreadyExists` when its id or key
    /// belongs to a job with another definition.
    pub async fn create_job_with(&self, job: NewJob) -> Result<Uuid> {
        self.store.create_job(request(job)).await
    }

    /// Changes the class of a job, for all its tasks that are not running.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn set_priority(&self, job_id: &Uuid, priority: Priority) -> Result<()> {
        let request = UpdateJob { job_id: *job_id, priority: Some(priority), keep: None };
        self.store.update_job(request).await
    }

    /// Makes retention pass a job by, or no longer.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn keep_job(&self, job_id: &Uuid, keep: bool) -> Result<()> {
        let request = UpdateJob { job_id: *job_id, priority: None, keep: Some(keep) };
        self.store.update_job(request).await
    }

    /// Deletes the finished jobs that are not to be kept, in small steps; returns how many.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn purge(&self, retention: &Retention) -> Result<Purged> {
        let mut purged = Purged::default();
        for (state, keep) in retention.by_state() {
            let count = self.purge_state(state, keep).await?;
            match state {
                JobState::Done => purged.done = count,
                JobState::Failed => purged.failed = count,
                _ => purged.cancelled = count,
            }
        }
        Ok(purged)
    }

    async fn purge_state(&self, state: JobState, keep: Keep) -> Result<u64> {
        let mut purged = 0;
        if keep == Keep::ALL {
            return Ok(purged);
        }
        loop {
            let (older_than, keep_newest) = (keep.age, keep.count);
            let request = PurgeJobs { state, older_than, keep_newest, limit: PURGE_STEP };
            let step = self.store.purge_jobs(request).await?;
            purged += step;
            if step < PURGE_STEP {
                return Ok(purged);
            }
        }
    }

    /// Everything about a job but its tasks.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn get_job(&self, job_id: &Uuid) -> Result<JobInfo> {
        self.store.get_job(GetJob { job_id: *job_id }).await
    }

    /// Jobs by age, those after the age `after`, at most `limit`. The next page
    /// follows the age of the last job.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a bad name and for a limit of 0.
    pub async fn list_jobs(
        &self,
        filter: JobFilter,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<JobInfo>> {
        self.store.list_jobs(ListJobs { filter, after, limit }).await
    }

    /// Where a job of this user stands.
    ///
    /// # Errors
    ///
    /// `NotFound`, also for a job of another user.
    pub async fn get_job_state(&self, job_id: &Uuid, user_id: &str) -> Result<JobState> {
        let job = self.get_job(job_id).await?;
        if job.user_id == user_id { Ok(job.state) } else { Err(TaskDbErr::no_job(job_id)) }
    }

    /// How many tasks of a job are not done.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn get_job_unresolved(&self, job_id: &Uuid) -> Result<i64> {
        Ok(i64::try_from(self.get_job(job_id).await?.unresolved).unwrap_or(i64::MAX))
    }

    /// Seconds from the first claim to the last change of state or progress; 0.0
    /// before any start.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn get_job_time(&self, job_id: &Uuid) -> Result<f64> {
        Ok(self.get_job(job_id).await?.elapsed().as_secs_f64())
    }

    /// The error that failed a job, `cancelled` for a cancelled one.
    ///
    /// # Errors
    ///
    /// `NotFound` for an unknown job and for one that has not failed.
    pub async fn get_job_failure(&self, job_id: &Uuid) -> Result<String> {
        let error = self.get_job(job_id).await?.error;
        error.ok_or(TaskDbErr::NotFound { entity: Entity::Failure(*job_id) })
    }

    /// How many jobs of a user are running; 0 for an unknown user.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a bad name.
    pub async fn get_concurrent_jobs(&self, user_id: &str) -> Result<i64> {
        let request = GetConcurrentJobs { user_id: user_id.to_owned() };
        Ok(i64::try_from(self.store.get_concurrent_jobs(request).await?).unwrap_or(i64::MAX))
    }

    /// Cancels a job: nothing of it will start, and its running tasks lose their
    /// claims at once. A finished job stays as it is.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn cancel_job(&self, job_id: &Uuid) -> Result<()> {
        self.store.cancel_job(CancelJob { job_id: *job_id }).await
    }

    /// Puts the failed and cancelled tasks of a failed or cancelled job back to work.
    ///
    /// # Errors
    ///
    /// `NotFound`, `InvalidState` for a running or done job.
    pub async fn retry_job(&self, job_id: &Uuid) -> Result<()> {
        self.store.retry_job(RetryJob { job_id: *job_id }).await
    }

    /// Deletes a job in any state; unknown: `Ok`.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn delete_job(&self, job_id: &Uuid) -> Result<()> {
        self.delete_job_with_ttl(job_id, 0).await
    }

    /// As [`delete_job`](Self::delete_job), but the output of `init` stays readable
    /// for `ttl_secs` seconds.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn delete_job_with_ttl(&self, job_id: &Uuid, ttl_secs: u64) -> Result<()> {
        let keep_output = Duration::from_secs(ttl_secs);
        self.store.delete_job(DeleteJob { job_id: *job_id, keep_output }).await
    }

    /// Deletes all jobs that are done, never streams; returns how many.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn clear_completed_jobs(&self) -> Result<i32> {
        self.clear_completed_jobs_with_ttl(0).await
    }

    /// As [`clear_completed_jobs`](Self::clear_completed_jobs), but the outputs of
    /// `init` stay readable for `ttl_secs` seconds.
    ///
    /// # Errors
    ///
    /// Only those of the store.
    pub async fn clear_completed_jobs_with_ttl(&self, ttl_secs: u64) -> Result<i32> {
        let keep_output = Duration::from_secs(ttl_secs);
        let cleared = self.store.clear_completed_jobs(ClearCompletedJobs { keep_output }).await?;
        Ok(i32::try_from(cleared).unwrap_or(i32::MAX))
    }
}
