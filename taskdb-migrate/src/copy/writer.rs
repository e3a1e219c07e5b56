//! Groups of records into the target, the mark moved on now and then.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb::TaskDb;
use taskdb::record::{JobRecord, Record};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::delta::Delta;
use super::groups::{Group, Groups, Place};
use super::{Transfer, streams};
use crate::counts::payload;
use crate::error::{MigrateErr, Result};
use crate::named::Named;
use crate::pages::Pages;
use crate::source::PAGE;
use crate::watch::Event;

/// How often the mark moves on.
pub(super) const NOTE: Duration = Duration::from_secs(1);
/// Groups that are written at the same time. A store takes them in side by side, or shares a
/// commit among those that wait while another commits.
const AT_ONCE: usize = 8;
/// Bytes of definitions and outputs in all of them, beyond one group.
const BYTES: u64 = 8 << 20;

/// A group that is being written.
struct Flight {
    records: Arc<Vec<Record>>,
    /// Whether those behind it may be written before it.
    alone: bool,
    bytes: u64,
    seen: u64,
    after: Place,
    written: JoinHandle<Result<()>>,
}

/// Writes what it is given, of jobs that are wanted.
pub(super) struct Writer<'c, 'a> {
    copy: &'c mut Transfer<'a>,
    flights: VecDeque<Flight>,
    noted: Instant,
}

impl<'c, 'a> Writer<'c, 'a> {
    pub(super) fn new(copy: &'c mut Transfer<'a>) -> Self {
        Self { copy, flights: VecDeque::new(), noted: Instant::now() }
    }

    /// Writes all pages from the place of the mark on.
    pub(super) async fn run(mut self, pages: Pages, wanted: fn(&JobRecord) -> bool) -> Result<()> {
        let mark = &self.copy.mark;
        let at = Place { cursor: mark.cursor.clone(), within: mark.within };
        // Schedules move on while their store is in use.
        let schedules = self.copy.source.store().is_none();
        let events = mark.events.as_ref().map(|place| place.next);
        let mut groups = Groups::new(pages, at, wanted, schedules).with_events(events);
        while let Some(group) = groups.next().await? {
            self.write(group).await?;
        }
        self.land_all().await?;
        self.copy.mark.within = None;
        self.copy.mark.passed = true;
        self.copy.note().await
    }

    /// Sends a group off, when those before it that it needs have landed.
    async fn write(&mut self, mut group: Group) -> Result<()> {
        let alone = group.stands_alone();
        // What others need may lie in this group, or in one that is under way.
        if !alone || self.flights.iter().any(|flight| !flight.alone) {
            self.land_all().await?;
        }
        let bytes = group.records.iter().map(payload).sum();
        while !self.has_room(bytes) {
            self.land().await?;
        }
        let records = Arc::new(std::mem::take(&mut group.records));
        let (target, own) = (self.copy.target.clone(), Arc::clone(&records));
        let written = tokio::spawn(async move { target.write(&own).await });
        let Group { seen, after, .. } = group;
        self.flights.push_back(Flight { records, alone, bytes, seen, after, written });
        Ok(())
    }

    /// Whether another group with so many bytes may be under way.
    fn has_room(&self, bytes: u64) -> bool {
        let flying: u64 = self.flights.iter().map(|flight| flight.bytes).sum();
        self.flights.is_empty() || self.flights.len() < AT_ONCE && flying + bytes <= BYTES
    }

    async fn land_all(&mut self) -> Result<()> {
        while !self.flights.is_empty() {
            self.land().await?;
        }
        Ok(())
    }

    /// Waits for the oldest group, and moves the mark behind it.
    async fn land(&mut self) -> Result<()> {
        let Some(flight) = self.flights.pop_front() else { return Ok(()) };
        let written = match flight.written.await {
            Ok(written) => written,
            Err(error) => Err(MigrateErr::Refused(error.to_string())),
        };
        if let Err(error) = written {
            self.again(&flight.records, error).await?;
        }
        let mark = &mut self.copy.mark;
        mark.tasks += flight.seen;
        mark.cursor = flight.after.cursor;
        mark.within = flight.after.within;
        self.copy.watch.tell(Event::Tasks(flight.seen));
        if self.noted.elapsed() >= NOTE {
            self.copy.note().await?;
            self.noted = Instant::now();
        }
        Ok(())
    }

    /// Writes records again that were refused, of a source that may have changed since it was
    /// begun: a stream may be newer than those that were copied, or a job that is gone may
    /// hold a key.
    async fn again(&self, records: &[Record], error: MigrateErr) -> Result<()> {
        let Some(db) = self.copy.source.store() else { return Err(error) };
        streams::add(self.copy, db).await?;
        Delta::between(self.copy, db, false).await?.clear(self.copy).await?;
        self.copy.target.write(records).await
    }
}

/// Copies some jobs as they are now.
pub(super) async fn jobs(copy: &Transfer<'_>, db: &TaskDb, jobs: &[Uuid]) -> Result<()> {
    let mut named = Named::new(copy.source.name(), db, false, copy.options.adapt());
    jobs.chunks(PAGE).for_each(|some| named.ask(some.to_vec()));
    let mut groups = Groups::new(named.pages(), Place::default(), |_| true, false);
    while let Some(group) = groups.next().await? {
        copy.target.write(&group.records).await?;
        copy.watch.tell(Event::Tasks(group.seen));
    }
    Ok(())
}
