//! Pages into the target, the mark moved on now and then.

use std::time::{Duration, Instant};

use taskdb::record::{JobRecord, Record};
use taskdb::{JobState, TaskDb};
use uuid::Uuid;

use super::delta::Delta;
use super::{Transfer, streams};
use crate::error::Result;
use crate::named::Named;
use crate::pages::Pages;
use crate::source::PAGE;
use crate::watch::Event;

/// How often the mark moves on.
const NOTE: Duration = Duration::from_secs(1);

/// Writes what it is given, of jobs that are wanted.
pub(super) struct Writer<'c, 'a> {
    copy: &'c mut Transfer<'a>,
    wanted: fn(&JobRecord) -> bool,
    /// The job that tasks belong to, if it is wanted.
    job: Option<Uuid>,
    /// Whether that job has stopped.
    stopped: bool,
    noted: Instant,
}

impl<'c, 'a> Writer<'c, 'a> {
    pub(super) fn new(copy: &'c mut Transfer<'a>, wanted: fn(&JobRecord) -> bool) -> Self {
        let (job, stopped) = copy.mark.within.map_or((None, false), |(job, s)| (Some(job), s));
        Self { copy, wanted, job, stopped, noted: Instant::now() }
    }

    /// Writes all pages.
    pub(super) async fn run(mut self, mut pages: Pages) -> Result<()> {
        while let Some(mut page) = pages.next().await? {
            let seen = page.records.iter().filter(|r| matches!(r, Record::Task(_))).count();
            page.records.retain(|record| self.is_wanted(record));
            self.write(page.records).await?;
            let seen = u64::try_from(seen).unwrap_or(u64::MAX);
            let mark = &mut self.copy.mark;
            mark.tasks += seen;
            mark.cursor = page.next;
            mark.within = self.job.map(|job| (job, self.stopped));
            self.copy.watch.tell(Event::Tasks(seen));
            if self.noted.elapsed() >= NOTE {
                self.copy.note().await?;
                self.noted = Instant::now();
            }
        }
        self.copy.mark.within = None;
        self.copy.mark.passed = true;
        self.copy.note().await
    }

    /// Writes records of a source that may have changed since it was begun: a stream may be
    /// newer than those that were copied, or a job that is gone may hold a key.
    async fn write(&self, records: Vec<Record>) -> Result<()> {
        let Some(db) = self.copy.source.store() else {
            return self.copy.target.write(records).await;
        };
        let answer = self.copy.target.write(records.clone()).await;
        if answer.is_ok() {
            return answer;
        }
        streams::add(self.copy, db).await?;
        Delta::between(self.copy, db, false).await?.clear(self.copy).await?;
        self.copy.target.write(records).await
    }

    fn is_wanted(&mut self, record: &Record) -> bool {
        match record {
            Record::Job(job) => {
                self.job = (self.wanted)(job).then_some(job.job_id);
                self.stopped = matches!(job.state, JobState::Failed | JobState::Cancelled);
                self.job.is_some()
            }
            Record::Task(task) => self.job == Some(task.job_id),
            // It moves on while its store is in use.
            Record::Schedule(_) => self.copy.source.store().is_none(),
            _ => true,
        }
    }
}

/// Copies some jobs as they are now.
pub(super) async fn jobs(copy: &Transfer<'_>, db: &TaskDb, jobs: &[Uuid]) -> Result<()> {
    let mut named = Named::new(copy.source.name(), db, false, copy.options.adapt());
    jobs.chunks(PAGE).for_each(|some| named.ask(some.to_vec()));
    let mut ahead = named.pages();
    while let Some(page) = ahead.next().await? {
        let seen = page.records.iter().filter(|r| matches!(r, Record::Task(_))).count();
        copy.target.write(page.records).await?;
        copy.watch.tell(Event::Tasks(u64::try_from(seen).unwrap_or(u64::MAX)));
    }
    Ok(())
}
