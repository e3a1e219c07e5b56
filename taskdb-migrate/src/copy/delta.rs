//! Which jobs the target lacks, has otherwise, or has too many, from both lists of jobs.

use std::cmp::Ordering;
use std::collections::HashSet;

use taskdb::{JobInfo, JobState, TaskDb};
use uuid::Uuid;

use super::Transfer;
use crate::error::Result;
use crate::listed::Listed;

/// What is to be done to make the target equal.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// To delete: gone from the source, or copied when they were otherwise.
    pub(super) stale: Vec<Uuid>,
    /// To copy, by age.
    pub(super) missing: Vec<Uuid>,
    /// Running, and listed alike in both: open again when they were copied as finished.
    pub(super) open: Vec<Uuid>,
    /// How many jobs the target has.
    pub(super) copied: u64,
}

impl Delta {
    /// Compares both lists, which are in the order of age; jobs that are still running are
    /// left for later unless `all`.
    pub(super) async fn between(copy: &Transfer<'_>, db: &TaskDb, all: bool) -> Result<Self> {
        let mut from = Listed::new(copy.source.name(), db);
        let mut to = Listed::of(copy.target);
        let mut delta = Self::default();
        loop {
            let order = match (from.peek().await?, to.peek().await?) {
                (None, None) => return Ok(delta),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(job), Some(copied)) => job.age.cmp(&copied.age),
            };
            let job = if order.is_le() { from.take() } else { None };
            let copied = if order.is_ge() { to.take() } else { None };
            delta.copied += u64::from(copied.is_some());
            delta.judge(job, copied, all);
        }
    }

    fn judge(&mut self, job: Option<JobInfo>, copied: Option<JobInfo>, all: bool) {
        if job == copied {
            let open = job.filter(|job| job.state == JobState::Running);
            self.open.extend(open.map(|job| job.job_id));
            return;
        }
        self.stale.extend(copied.map(|copied| copied.job_id));
        let job = job.filter(|job| all || job.state != JobState::Running);
        self.missing.extend(job.map(|job| job.job_id));
    }

    /// Copies these too, whatever the lists say.
    pub(super) fn again(&mut self, jobs: &[Uuid]) {
        let known: HashSet<Uuid> = self.stale.iter().copied().collect();
        for job in jobs.iter().filter(|job| !known.contains(job)) {
            self.stale.push(*job);
            self.missing.push(*job);
        }
        let again: HashSet<&Uuid> = jobs.iter().collect();
        self.open.retain(|job| !again.contains(job));
    }

    /// Deletes what is stale in the target.
    pub(super) async fn clear(&self, copy: &Transfer<'_>) -> Result<()> {
        for job in &self.stale {
            copy.target.delete_job(*job).await?;
        }
        Ok(())
    }

    /// Makes the target equal.
    pub(super) async fn apply(&self, copy: &Transfer<'_>, db: &TaskDb) -> Result<()> {
        self.clear(copy).await?;
        super::writer::jobs(copy, db, &self.missing).await
    }
}
