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

/// Pages that lie ready at most.
const AHEAD: usize = 2;

/// Records, and whether they are the last of those that were asked for at once.
type Answer = Result<(Vec<Record>, bool)>;

/// Reads jobs by their ids, some at a time, ahead of who takes the records.
pub(crate) struct Named {
    asked: mpsc::UnboundedSender<Vec<Uuid>>,
    answers: mpsc::Receiver<Answer>,
    reader: JoinHandle<()>,
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
        let mut read = Read { name: name.to_owned(), db: db.clone(), derived, adapt };
        let reader = tokio::spawn(async move {
            while let Some(jobs) = requests.recv().await {
                if read.all(&jobs, &sender).await.is_none() {
                    return;
                }
            }
        });
        Self { asked, answers, reader, open: 0, records: VecDeque::new() }
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

    async fn fetch(&mut self) -> Result<()> {
        let Some(answer) = self.answers.recv().await else {
            self.open = 0;
            return Ok(());
        };
        let (records, last) = answer?;
        self.records.extend(records);
        self.open -= usize::from(last);
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
struct Read {
    name: String,
    db: TaskDb,
    derived: bool,
    adapt: Adapt,
}

impl Read {
    /// Sends all records of some jobs; `None` when nobody wants them any more.
    async fn all(&mut self, jobs: &[Uuid], to: &mpsc::Sender<Answer>) -> Option<()> {
        let mut cursor = None;
        loop {
            let answer = self.page(jobs, cursor).await;
            let (answer, next) = match answer {
                Ok((records, next)) => (Ok((records, next.is_none())), next),
                Err(error) => (Err(error), None),
            };
            to.send(answer).await.ok()?;
            if next.is_none() {
                return Some(());
            }
            cursor = next;
        }
    }

    async fn page(
        &mut self,
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
