//! Records of named jobs, in the order in which somebody else meets them.

use std::collections::VecDeque;
use std::sync::Arc;

use taskdb::TaskDb;
use taskdb::record::{Cursor, Page, Record};
use taskdb::request::{Export, Part};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::adapt::Adapt;
use crate::error::{MigrateErr, Result};
use crate::pages::Pages;
use crate::source::PAGE;

/// Requests under way behind the one whose records are being taken.
const AHEAD: usize = 1;

/// Pages with the records of some jobs.
type Answer = mpsc::Receiver<Result<Vec<Record>>>;

/// Reads jobs by their ids, some at a time, ahead of who takes the records.
pub(crate) struct Named {
    asked: mpsc::UnboundedSender<Vec<Uuid>>,
    answers: mpsc::Receiver<Answer>,
    reader: JoinHandle<()>,
    /// What is being taken.
    answer: Option<Answer>,
    /// Requests that are not answered in full.
    open: usize,
    records: VecDeque<Record>,
}

impl Drop for Named {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Named {
    pub(crate) fn new(name: &str, db: &TaskDb, derived: bool, adapt: Adapt) -> Self {
        let (asked, mut requests) = mpsc::unbounded_channel::<Vec<Uuid>>();
        let (sender, answers) = mpsc::channel(AHEAD);
        let read = Read { name: name.to_owned(), db: db.clone(), derived, adapt };
        let reader = tokio::spawn(async move {
            while let Some(jobs) = requests.recv().await {
                // A request ends when nobody takes its pages any more.
                let (pages, answer) = mpsc::channel(1);
                let read = read.clone();
                tokio::spawn(async move { read.all(&jobs, &pages).await });
                if sender.send(answer).await.is_err() {
                    return;
                }
            }
        });
        Self { asked, answers, reader, answer: None, open: 0, records: VecDeque::new() }
    }

    /// Reads these too, behind those that were asked for before.
    pub(crate) fn ask(&mut self, jobs: Vec<Uuid>) {
        if !jobs.is_empty() && self.asked.send(jobs).is_ok() {
            self.open += 1;
        }
    }

    /// The next record, left in its place.
    pub(crate) async fn peek(&mut self) -> Result<Option<&Record>> {
        while self.records.is_empty() && self.open > 0 {
            self.fetch().await?;
        }
        Ok(self.records.front())
    }

    /// Takes the record that was seen last.
    pub(crate) fn take(&mut self) -> Option<Record> {
        self.records.pop_front()
    }

    /// Takes in another page, or finds that a request was answered in full.
    async fn fetch(&mut self) -> Result<()> {
        if self.answer.is_none() {
            self.answer = self.answers.recv().await;
        }
        let page = match &mut self.answer {
            Some(answer) => answer.recv().await.transpose()?,
            None => None,
        };
        match page {
            Some(records) => self.records.extend(records),
            None => {
                self.answer = None;
                self.open -= 1;
            }
        }
        Ok(())
    }

    /// The same in pages; nothing can be asked for any more.
    pub(crate) fn pages(self) -> Pages {
        let this = Arc::new(Mutex::new(self));
        Pages::read(None, Adapt::nothing(), move |_| {
            let this = Arc::clone(&this);
            async move {
                let mut this = this.lock().await;
                this.peek().await?;
                let records = std::mem::take(&mut this.records).into();
                // Any cursor will do: the place is kept here.
                let more = this.open > 0;
                Ok(Page { records, next: more.then(|| Cursor(String::new())) })
            }
        })
    }
}

/// What reads.
#[derive(Clone)]
struct Read {
    name: String,
    db: TaskDb,
    derived: bool,
    adapt: Adapt,
}

impl Read {
    /// Sends all records of some jobs, until nobody wants them any more.
    async fn all(&self, jobs: &[Uuid], to: &mpsc::Sender<Result<Vec<Record>>>) {
        let mut cursor = None;
        loop {
            let (records, next) = match self.page(jobs, cursor).await {
                Ok((records, next)) => (Ok(records), next),
                Err(error) => (Err(error), None),
            };
            if to.send(records).await.is_err() || next.is_none() {
                return;
            }
            cursor = next;
        }
    }

    async fn page(
        &self,
        jobs: &[Uuid],
        cursor: Option<Cursor>,
    ) -> Result<(Vec<Record>, Option<Cursor>)> {
        let part = Part::Jobs(jobs.to_vec());
        let request = Export { cursor, limit: PAGE, derived: self.derived, part };
        let page = self.db.store().export(request).await;
        let page = page.map_err(|error| MigrateErr::store(&self.name, error))?;
        Ok((self.adapt.records(page.records)?, page.next))
    }
}
