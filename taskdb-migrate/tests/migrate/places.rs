//! Stores of a test: a file, or a namespace of its own on a shared server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use taskdb::record::Record;
use taskdb::{Event, EventFilter, EventsFrom, TaskDb};
use taskdb_migrate::{CopyOptions, CopyReport, Place, Result, Silent, copy};
use taskdb_testkit::servers::{postgres, redis};
use uuid::Uuid;

/// Where a store is.
pub(crate) struct At(pub(crate) String);

impl At {
    pub(crate) fn sqlite(folder: &Path, name: &str) -> Self {
        Self(format!("sqlite://{}/{name}.db", folder.display()))
    }

    pub(crate) fn redis() -> Self {
        let server = redis::shared().expect("a Redis server");
        Self(with_namespace(&server.url()))
    }

    pub(crate) fn shards() -> Self {
        let Self(url) = Self::redis();
        Self(format!("{url}&shards=3"))
    }

    pub(crate) fn postgres() -> Self {
        let server = postgres::shared().expect("a Postgres server");
        Self(with_namespace(&server.url()))
    }

    /// A store of this kind.
    pub(crate) fn of(kind: &str, folder: &Path) -> Self {
        match kind {
            "redis" => Self::redis(),
            "shards" => Self::shards(),
            "postgres" => Self::postgres(),
            _ => Self::sqlite(folder, &Uuid::new_v4().to_string()),
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.0.parse().expect("a place")
    }

    pub(crate) async fn db(&self) -> TaskDb {
        taskdb::connect(&self.0).await.expect("the store opens")
    }
}

fn with_namespace(url: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}namespace=m{}", Uuid::new_v4().simple())
}

/// Copies from place to place.
pub(crate) async fn carry(from: &Place, to: &Place, options: &CopyOptions) -> Result<CopyReport> {
    copy(from.source().await?, &to.target().await?, options, &Silent).await
}

/// Everything in a store.
pub(crate) async fn records(db: &TaskDb) -> Vec<Record> {
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let page = db.export(cursor, 10_000).await.expect("an export");
        records.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            return records;
        }
    }
}

/// The same whatever the order of shards was.
pub(crate) fn sorted(mut records: Vec<Record>) -> Vec<Record> {
    let mut job = 0;
    let mut keyed: Vec<_> = records
        .drain(..)
        .map(|record| {
            let key = match &record {
                Record::Stream(stream) => (0, stream.age, 0, String::new()),
                Record::Job(found) => {
                    job = found.age;
                    (1, job, 0, String::new())
                }
                Record::Task(task) => (1, job, task.age + 1, String::new()),
                Record::Schedule(schedule) => (3, 0, 0, schedule.name.clone()),
                Record::KeptOutput(kept) => (2, 0, 0, format!("{}{}", kept.job_id, kept.task_id)),
                other => panic!("{other:?}"),
            };
            (key, record)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    keyed.into_iter().map(|(_, record)| record).collect()
}

/// Fails where two stores do not hold the same.
pub(crate) async fn assert_same(from: &TaskDb, to: &TaskDb, what: &str) {
    let (a, b) = (sorted(records(from).await), sorted(records(to).await));
    for (one, other) in a.iter().zip(&b) {
        assert_eq!(one, other, "{what}");
    }
    assert_eq!(a.len(), b.len(), "{what}");
    assert_eq!(to.audit().await.expect("an audit"), [], "{what}");
}

/// What the event log tells of each job, in its order.
pub(crate) async fn logs(db: &TaskDb) -> BTreeMap<Uuid, Vec<Event>> {
    let mut logs = BTreeMap::<_, Vec<_>>::new();
    let mut from = EventsFrom::Start;
    loop {
        let page = db.list_events(from, EventFilter::default(), 1_000).await.expect("events");
        for event in page.events {
            logs.entry(event.job_id).or_default().push(event);
        }
        if !page.more {
            return logs;
        }
        from = EventsFrom::After(page.next);
    }
}

/// A shared handle to a source.
pub(crate) async fn source(at: &At) -> Arc<dyn taskdb_migrate::Source> {
    at.place().source().await.expect("a source")
}
