//! The event log goes along when it is asked for.

use taskdb::record::{EventRecord, Record};
use taskdb::{EventLevel, EventPolicy, TaskDb};
use taskdb_migrate::{
    Adapt, CopyOptions, DumpOptions, MigrateErr, Place, Silent, VerifyReport, check, dump, verify,
};

use crate::places::{At, carry, logs, source};
use crate::population::fill;

const WITH: CopyOptions = CopyOptions {
    running: taskdb_migrate::Running::Keep,
    rename_long: false,
    source_gate: taskdb_migrate::SourceGate::Hold,
    events: true,
};

/// Bounds that are not those of a new store.
const POLICY: EventPolicy = EventPolicy {
    level: EventLevel::All,
    max_age: std::time::Duration::from_secs(7_777),
    max_count: 70_000,
};

/// A store that has written everything down.
async fn told(db: &TaskDb, jobs: u64) {
    db.set_events(POLICY).await.unwrap();
    fill(db, 40, jobs).await;
}

async fn compare(from: &At, to: &At) -> VerifyReport {
    let (target, adapt) = (to.place().target().await.unwrap(), Adapt::nothing().events(true));
    verify(source(from).await, &target, &adapt, &Silent).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn around_all_stores_a_log_tells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let first = At::sqlite(folder.path(), "first");
    told(&first.db().await, 100).await;
    let expected = logs(&first.db().await).await;
    let count: usize = expected.values().map(Vec::len).sum();
    assert!(count > 1_000, "{count} events are less than a page");
    let mut place = first.place();
    for kind in ["redis", "postgres", "shards", "file", "sqlite"] {
        if kind == "file" {
            let path = folder.path().join("all.dump");
            let options = DumpOptions { events: true, ..DumpOptions::default() };
            let report = dump(place.source().await.unwrap(), &path, &options, &Silent).await;
            assert_eq!(report.unwrap().counts.events, count as u64);
            place = Place::File(path);
            continue;
        }
        let next = At::of(kind, folder.path());
        let report = carry(&place, &next.place(), &WITH).await.unwrap();
        assert_eq!(report.counts.events, count as u64, "{kind}");
        let db = next.db().await;
        assert_eq!(logs(&db).await, expected, "{kind}");
        // A file does not say what the log takes.
        let from_file = matches!(place, Place::File(_));
        assert_eq!(db.describe().await.unwrap().events == POLICY, !from_file, "{kind}");
        let found = compare(&first, &next).await;
        assert!(found.is_clean() && found.to.events == count as u64, "{}", found.complaint());
        place = next.place();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_is_left_where_it_is_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::redis());
    told(&old.db().await, 10).await;
    let path = folder.path().join("all.dump");
    let options = DumpOptions { events: true, ..DumpOptions::default() };
    dump(source(&old).await, &path, &options, &Silent).await.unwrap();
    let without = CopyOptions { events: false, ..WITH };
    let report = carry(&old.place(), &new.place(), &without).await.unwrap();
    assert_eq!(report.counts.events, 0);
    assert!(logs(&new.db().await).await.is_empty());
    let (loaded, file) = (At::sqlite(folder.path(), "loaded"), Place::File(path.clone()));
    carry(&file, &loaded.place(), &without).await.unwrap();
    assert!(logs(&loaded.db().await).await.is_empty());
    let silent = folder.path().join("silent.dump");
    dump(source(&old).await, &silent, &DumpOptions::default(), &Silent).await.unwrap();
    assert!(!std::fs::read_to_string(&silent).unwrap().contains(r#""record":"event""#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_log_lacks_or_tells_otherwise_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::postgres());
    told(&old.db().await, 5).await;
    let without = CopyOptions { events: false, ..WITH };
    carry(&old.place(), &new.place(), &without).await.unwrap();
    let expected = logs(&old.db().await).await;
    let (short, forged) = (expected.keys().next().unwrap(), expected.keys().nth(1).unwrap());
    let mut number = 0;
    for (job, mut events) in expected.clone() {
        if job == *short {
            events.pop();
        } else if job == *forged {
            events[0].worker_id = Some("forged".to_owned());
        }
        for event in events {
            number += 1;
            let record = Record::Event(EventRecord { event, number });
            new.db().await.import(vec![record]).await.unwrap();
        }
    }
    let found = compare(&old, &new).await;
    let (differing, complaint) = (found.differing, found.complaint());
    assert_eq!((differing, found.from.events - found.to.events), (2, 1), "{complaint}");
    let count = expected[short].len();
    let lacks = format!("the events of job {short}: {count} became {}", count - 1);
    assert!(complaint.contains(&lacks), "{complaint}");
    assert!(complaint.contains(&format!("the events of job {forged}: digest")), "{complaint}");
    // Whoever does not ask for it does not hear of it.
    let (target, adapt) = (new.place().target().await.unwrap(), Adapt::nothing());
    assert!(verify(source(&old).await, &target, &adapt, &Silent).await.unwrap().is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_tells_of_other_things_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::sqlite(folder.path(), "new"));
    told(&old.db().await, 3).await;
    let db = new.db().await;
    let stream = db.create_stream("cpu", 0, 1.0, "u").await.unwrap();
    let job = db.create_job(&stream, &serde_json::json!(0), 0, 60, "u").await.unwrap();
    db.delete_job(&job).await.unwrap();
    db.delete_stream(&stream).await.unwrap();
    let said = carry(&old.place(), &new.place(), &WITH).await.unwrap_err();
    assert!(matches!(&said, MigrateErr::Refused(why) if why.contains("--events")), "{said}");
    let target = new.place().target().await.unwrap();
    let report = check(source(&old).await, Some(&target), &WITH, &Silent).await.unwrap();
    assert!(report.is_stopped() && report.counts.events > 0, "{report:?}");
    // A copy that was made without it is another one.
    let (without, other) =
        (CopyOptions { events: false, ..WITH }, At::sqlite(folder.path(), "other"));
    carry(&old.place(), &other.place(), &without).await.unwrap();
    let said = carry(&old.place(), &other.place(), &WITH).await.unwrap_err();
    assert!(said.is_refusal(), "{said}");
}
