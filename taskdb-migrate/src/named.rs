//! Records of named jobs, in the order in which somebody else meets them.

use std::collections::VecDeque;
use std::sync::Arc;

use taskdb::TaskDb;
use taskdb::record::{Cursor, Page, Record};
use taskdb::request::{Export, Part};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::adapt::Adapt;
use crate::error::{MigrateErr, Result};
use crate::pages::Pages;
use crate::source::PAGE;

/// Reads jobs by their ids, some at a time.
pub(crate) struct Named {
    name: String,
    db: TaskDb,
    derived: bool,
    adapt: Adapt,
    /// Ids that are still to be read, a request each.
    batches: VecDeque<Vec<Uuid>>,
    cursor: Option<Cursor>,
    records: VecDeque<Record>,
}

impl Named {
    pub(crate) fn new(name: &str, db: &TaskDb, derived: bool, adapt: Adapt) -> Self {
        let (batches, records) = (VecDeque::new(), VecDeque::new());
        let (name, db) = (name.to_owned(), db.clone());
        Self { name, db, derived, adapt, batches, cursor: None, records }
    }

    /// Reads these too, behind those that were asked for before.
    pub(crate) fn ask(&mut self, jobs: Vec<Uuid>) {
        if !jobs.is_empty() {
            self.batches.push_back(jobs);
        }
    }

    /// The next record, left in its place.
    pub(crate) async fn peek(&mut self) -> Result<Option<&Record>> {
        while self.records.is_empty() && !self.batches.is_empty() {
            self.fetch().await?;
        }
        Ok(self.records.front())
    }

    /// Takes the record that was seen last.
    pub(crate) fn take(&mut self) -> Option<Record> {
        self.records.pop_front()
    }

    async fn fetch(&mut self) -> Result<()> {
        let Some(jobs) = self.batches.front() else { return Ok(()) };
        let request = Export {
            cursor: self.cursor.take(),
            limit: PAGE,
            derived: self.derived,
            part: Part::Jobs(jobs.clone()),
        };
        let page = self.db.store().export(request).await;
        let page = page.map_err(|error| MigrateErr::store(&self.name, error))?;
        self.records.extend(self.adapt.records(page.records)?);
        self.cursor = page.next;
        if self.cursor.is_none() {
            self.batches.pop_front();
        }
        Ok(())
    }

    /// The same in pages that are read ahead; nothing can be asked for any more.
    pub(crate) fn pages(self) -> Pages {
        let this = Arc::new(Mutex::new(self));
        Pages::read(None, Adapt::nothing(), move |_| {
            let this = Arc::clone(&this);
            async move {
                let mut this = this.lock().await;
                this.peek().await?;
                let records = std::mem::take(&mut this.records).into();
                // Any cursor will do: the place is kept here.
                let more = !this.batches.is_empty();
                Ok(Page { records, next: more.then(|| Cursor(String::new())) })
            }
        })
    }
}
