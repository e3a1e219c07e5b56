//! One call for many jobs, and for the whole graph of one.

use uuid::Uuid;

use super::TaskDb;
use crate::error::Result;
use crate::job::{Changed, JobFilter, JobGraph, JobInfo};
use crate::state::JobState;

/// How many jobs or tasks are read at once.
const PAGE: usize = 500;

/// What is done to each of many jobs.
#[derive(Debug, Clone, Copy)]
enum Change {
    Retry,
    Cancel,
    Delete { running: bool },
}

impl Change {
    fn applies_to(self, job: &JobInfo) -> bool {
        match self {
            Self::Retry => job.state.is_stopped(),
            Self::Cancel => job.state == JobState::Running,
            Self::Delete { running } => !job.keep && (running || job.state != JobState::Running),
        }
    }
}

impl TaskDb {
    /// Replays every job that the filter lets pass and that has failed or was cancelled, as
    /// [`retry_job`](Self::retry_job) does, one after the other by age. A job that cannot be
    /// replayed is passed by and named in the answer.
    ///
    /// ```
    /// # use taskdb_core::{JobFilter, JobState, TaskDb};
    /// # async fn replay(db: TaskDb) -> taskdb_core::Result<()> {
    /// let failed = JobFilter::default().state(JobState::Failed).label("batch", "2026-11");
    /// let replayed = db.retry_jobs(&failed).await?;
    /// println!("{} run again, {} could not", replayed.changed, replayed.refused.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those that are not about a single job; what has been replayed by then stays so.
    pub async fn retry_jobs(&self, filter: &JobFilter) -> Result<Changed> {
        self.change_jobs(filter, Change::Retry).await
    }

    /// Cancels every running job that the filter lets pass, as
    /// [`cancel_job`](Self::cancel_job) does, one after the other by age.
    ///
    /// # Errors
    ///
    /// Those that are not about a single job.
    pub async fn cancel_jobs(&self, filter: &JobFilter) -> Result<Changed> {
        self.change_jobs(filter, Change::Cancel).await
    }

    /// Deletes every job that the filter lets pass, as [`delete_job`](Self::delete_job) does,
    /// one after the other by age; running ones only if the filter asks for that state, and
    /// none that retention is to [keep](Self::keep_job).
    ///
    /// # Errors
    ///
    /// Those that are not about a single job.
    pub async fn delete_jobs(&self, filter: &JobFilter) -> Result<Changed> {
        let running = filter.state == Some(JobState::Running);
        self.change_jobs(filter, Change::Delete { running }).await
    }

    async fn change_jobs(&self, filter: &JobFilter, change: Change) -> Result<Changed> {
        let (mut done, mut after) = (Changed::default(), None);
        loop {
            // A page is read before any of it changes, and the next one follows its age: a job
            // that leaves the list meanwhile moves no other.
            let page = self.list_jobs(filter.clone(), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(done) };
            after = Some(last.age);
            for job in page.into_iter().filter(|job| change.applies_to(job)) {
                let outcome = match change {
                    Change::Retry => self.retry_job(&job.job_id).await,
                    Change::Cancel => self.cancel_job(&job.job_id).await,
                    Change::Delete { .. } => self.delete_job(&job.job_id).await,
                };
                match outcome {
                    Ok(()) => done.changed += 1,
                    // It has ended, run on or gone since it was listed.
                    Err(error) if error.is_about_state() => done.refused.push((job.job_id, error)),
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// A job with all of its tasks by age, each of which names its prerequisites. It is read in
    /// pages: of a job that changes meanwhile, what comes first may be older than the rest.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub async fn get_job_graph(&self, job_id: &Uuid) -> Result<JobGraph> {
        let job = self.get_job(job_id).await?;
        let (mut tasks, mut after) = (Vec::new(), None);
        loop {
            let page = self.list_tasks(job_id, None, after, PAGE).await?;
            after = page.last().map(|task| task.age);
            let last = page.len() < PAGE;
            tasks.extend(page);
            if last {
                return Ok(JobGraph { job, tasks });
            }
        }
    }
}
