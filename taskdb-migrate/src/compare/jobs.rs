//! Jobs: one side leads, the other is asked for the same jobs in the same order.

use taskdb::record::Record;
use uuid::Uuid;

use super::fields::difference;
use super::{Findings, Rest};
use crate::digest::Hasher;
use crate::error::Result;
use crate::named::Named;
use crate::pages::{Pages, Read};
use crate::target::label;
use crate::watch::{Event, Watch};

/// Which side names the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lead {
    /// The source.
    From,
    /// The target.
    To,
}

/// The job under comparison.
struct Job {
    id: Uuid,
    /// Whether the other side has it.
    there: bool,
    /// Whether a difference was found in it.
    differs: bool,
    /// Whether a worker has a task of it, on the side of the source.
    running: bool,
}

struct Comparison<'a> {
    lead: Lead,
    other: &'a mut Named,
    found: &'a mut Findings,
    job: Option<Job>,
    from: Hasher,
    /// Of the target, since the first difference of a job; what is alike is hashed once.
    to: Option<Hasher>,
    /// Jobs that differ, or may change though they have stopped.
    unsettled: Vec<Uuid>,
}

/// Compares the jobs of `pages` with what the other side has under their ids. Streams
/// are passed by, `rest` takes what else there is, and the side of the target is audited.
///
/// Answers the jobs that differ, and those of the source that have a running task.
pub(crate) async fn compare_jobs(
    lead: Lead,
    mut pages: Pages,
    other: &mut Named,
    found: &mut Findings,
    rest: &mut Rest,
    watch: &dyn Watch,
) -> Result<Vec<Uuid>> {
    let (from, to) = (Hasher::default(), None);
    let mut comparison =
        Comparison { lead, other, found, job: None, from, to, unsettled: Vec::new() };
    let mut ahead = asked(&mut pages, comparison.other).await?;
    while let Some(page) = ahead {
        // The other side reads what comes next while this is compared.
        ahead = asked(&mut pages, comparison.other).await?;
        let mut tasks = 0;
        for record in page.records {
            tasks += u64::from(matches!(record, Record::Task(_)));
            match record {
                Record::Job(_) | Record::Task(_) => comparison.step(record).await?,
                other => rest.take(other),
            }
        }
        watch.tell(Event::Tasks(tasks));
    }
    comparison.end_of_job().await?;
    Ok(comparison.unsettled)
}

/// The next page, its jobs asked for on the other side.
async fn asked(pages: &mut Pages, other: &mut Named) -> Result<Option<Read>> {
    let page = pages.next().await?;
    if let Some(page) = &page {
        let jobs = page.records.iter().filter_map(|record| match record {
            Record::Job(job) => Some(job.job_id),
            _ => None,
        });
        other.ask(jobs.collect());
    }
    Ok(page)
}

impl Comparison<'_> {
    async fn step(&mut self, record: Record) -> Result<()> {
        match &record {
            Record::Job(job) => {
                let id = job.job_id;
                self.end_of_job().await?;
                let next = self.other.peek().await?;
                let there = matches!(next, Some(Record::Job(found)) if found.job_id == id);
                self.job = Some(Job { id, there, differs: false, running: false });
                self.pair(record, there);
            }
            Record::Task(task) => {
                let next = self.other.peek().await?;
                let there = matches!(next, Some(Record::Task(found))
                    if (found.job_id, &found.task_id) == (task.job_id, &task.task_id));
                self.pair(record, there);
            }
            _ => {}
        }
        Ok(())
    }

    /// Compares a record of the leading side with the next one of the other, if it is there.
    fn pair(&mut self, lead: Record, there: bool) {
        let other = there.then(|| self.other.take()).flatten();
        let (from, to) = match self.lead {
            Lead::From => (Some(lead), other),
            Lead::To => (other, Some(lead)),
        };
        let to = to.map(|to| self.found.audited(to));
        self.hash(from.as_ref(), to.as_ref());
        let running = matches!(&from, Some(Record::Task(task)) if task.claim.is_some());
        let how = match (&from, &to) {
            (Some(from), Some(to)) if from == to => None,
            (Some(from), Some(to)) => Some((label(from), difference(from, to))),
            (Some(from), None) => Some((label(from), "is missing in the target".to_owned())),
            (None, Some(to)) => Some((label(to), "is in the target only".to_owned())),
            (None, None) => None,
        };
        // The tasks of a job that is not there at all go without saying.
        let told = self.job.as_ref().is_some_and(|job| !job.there && job.differs);
        if let Some(job) = &mut self.job {
            job.running |= running;
            job.differs |= how.is_some();
        }
        if let Some((what, how)) = how.filter(|_| !told) {
            self.found.differ(what, how);
        }
    }

    fn hash(&mut self, from: Option<&Record>, to: Option<&Record>) {
        if from != to && self.to.is_none() {
            self.to = Some(self.from.clone());
        }
        if let Some(from) = from {
            self.found.from.take(from);
            self.from.take(from);
        }
        if let Some(to) = to {
            self.found.to.take(to);
            if let Some(hasher) = &mut self.to {
                hasher.take(to);
            }
        }
    }

    /// What the other side has beyond the leading one, and the digests of both.
    async fn end_of_job(&mut self) -> Result<()> {
        let Some(id) = self.job.as_ref().map(|job| job.id) else { return Ok(()) };
        while matches!(self.other.peek().await?, Some(Record::Task(task)) if task.job_id == id) {
            let Some(extra) = self.other.take() else { break };
            let (what, side) = (label(&extra), self.lead);
            let how = match side {
                Lead::From => "is in the target only",
                Lead::To => "is missing in the target",
            };
            if side == Lead::From {
                self.found.audited(extra);
            }
            self.found.differ(what, how);
            if let Some(job) = &mut self.job {
                job.differs = true;
            }
        }
        let from = self.from.finish();
        let to = self.to.take().map_or(from, |mut to| to.finish());
        self.found.digest_from.add(from);
        self.found.digest_to.add(to);
        if let Some(job) = self.job.take().filter(|job| job.differs || job.running) {
            if job.differs && job.there {
                self.found.differ(format!("job {id}"), format!("digest {from} became {to}"));
            }
            self.unsettled.push(id);
        }
        Ok(())
    }
}
