//! The jobs of a store by age, without their tasks, a page at a time.

use taskdb::request::ListJobs;
use taskdb::{JobInfo, TaskDb};

use crate::error::{MigrateErr, Result};
use crate::source::PAGE;
use crate::target::Target;

/// Lists jobs.
pub(crate) struct Listed {
    name: String,
    db: TaskDb,
    after: Option<u64>,
    ended: bool,
    page: std::collections::VecDeque<JobInfo>,
}

impl Listed {
    pub(crate) fn of(target: &Target) -> Self {
        Self::new(target.name(), target.db())
    }

    pub(crate) fn new(name: &str, db: &TaskDb) -> Self {
        let (name, db) = (name.to_owned(), db.clone());
        Self { name, db, after: None, ended: false, page: Default::default() }
    }

    /// The next page; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<JobInfo>>> {
        if self.ended {
            return Ok(None);
        }
        let request = ListJobs { after: self.after, limit: PAGE, ..ListJobs::default() };
        let jobs = self.db.store().list_jobs(request).await;
        let jobs = jobs.map_err(|error| MigrateErr::store(&self.name, error))?;
        self.after = jobs.last().map(|job| job.age).or(self.after);
        self.ended = jobs.len() < PAGE;
        Ok((!jobs.is_empty()).then_some(jobs))
    }

    /// The next job, left in its place.
    pub(crate) async fn peek(&mut self) -> Result<Option<&JobInfo>> {
        if self.page.is_empty()
            && let Some(jobs) = self.next().await?
        {
            self.page = jobs.into();
        }
        Ok(self.page.front())
    }

    /// Takes the job that was seen last.
    pub(crate) fn take(&mut self) -> Option<JobInfo> {
        self.page.pop_front()
    }
}
