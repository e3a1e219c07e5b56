//! Pages of a source cut anew, so that jobs come whole where that can be.
//!
//! A store takes a whole job it has never seen much faster than tasks of one it has to look
//! into, and groups that begin with a job can be written at the same time.

use taskdb::record::{Cursor, JobRecord, Record};
use uuid::Uuid;

use crate::error::Result;
use crate::pages::Pages;

/// Where a copy can go on: everything before it has been passed on.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) cursor: Option<Cursor>,
    /// The job that tasks there belong to, if it is wanted.
    pub(super) within: Option<Uuid>,
}

/// Records to be written at once.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) records: Vec<Record>,
    /// Tasks that were read for it, wanted or not.
    pub(super) seen: u64,
    /// Where to go on when it has been written, and all before it.
    pub(super) after: Place,
}

impl Group {
    /// Whether it needs nothing of the groups before it but streams.
    pub(super) fn stands_alone(&self) -> bool {
        matches!(self.records.first(), Some(Record::Job(_)))
    }
}

/// Cuts pages into groups.
pub(super) struct Groups {
    pages: Pages,
    wanted: fn(&JobRecord) -> bool,
    /// Whether schedules are wanted.
    schedules: bool,
    /// What is to be added to the numbers of events, if they are wanted.
    events: Option<u64>,
    /// Where the next page begins.
    at: Place,
    /// The beginning of a job that may go on in the next page.
    held: Vec<Record>,
}

impl Groups {
    pub(super) fn new(
        pages: Pages,
        at: Place,
        wanted: fn(&JobRecord) -> bool,
        schedules: bool,
    ) -> Self {
        Self { pages, wanted, schedules, events: None, at, held: Vec::new() }
    }

    /// The same with events, to whose numbers this is added.
    pub(super) fn with_events(self, events: Option<u64>) -> Self {
        Self { events, ..self }
    }

    /// The next group; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Group>> {
        let Some(page) = self.pages.next().await? else { return Ok(None) };
        let start = self.at.clone();
        let mut records = std::mem::take(&mut self.held);
        let mut seen = 0;
        for mut record in page.records {
            seen += u64::from(matches!(record, Record::Task(_)));
            if self.is_wanted(&mut record) {
                records.push(record);
            }
        }
        self.at.cursor = page.next;
        let last = records.iter().rposition(|record| matches!(record, Record::Job(_)));
        let after = match last.filter(|last| *last > 0 && self.at.cursor.is_some()) {
            Some(last) => {
                self.held = records.split_off(last);
                start
            }
            None => self.at.clone(),
        };
        Ok(Some(Group { records, seen, after }))
    }

    fn is_wanted(&mut self, record: &mut Record) -> bool {
        match record {
            Record::Job(job) => {
                self.at.within = (self.wanted)(job).then_some(job.job_id);
                self.at.within.is_some()
            }
            Record::Task(task) => self.at.within == Some(task.job_id),
            Record::Schedule(_) => self.schedules,
            Record::Event(event) => {
                event.number += self.events.unwrap_or(0);
                self.events.is_some()
            }
            _ => true,
        }
    }
}
