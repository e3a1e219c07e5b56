//! A store goes from backend to backend and through a file, and is what it was: the same
//! records, and the same future.

use taskdb::record::Record;
use taskdb::store::Gate;
use taskdb::{JobState, TaskState};
use taskdb_migrate::{
    Adapt, CopyOptions, DumpOptions, Place, Running, Silent, SourceGate, dump, verify,
};

use crate::drain::drain;
use crate::places::{At, assert_same, carry, records, source};
use crate::population::fill;

const KEEP: CopyOptions = CopyOptions {
    running: Running::Keep,
    rename_long: false,
    source_gate: SourceGate::Close,
    events: false,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn around_all_stores_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = At::sqlite(folder.path(), "first");
    fill(&first.db().await, 1, 90).await;
    assert_every_state_is_there(&records(&first.db().await).await);
    let (mut at, mut place) = (At(first.0.clone()), first.place());
    for kind in ["redis", "postgres", "shards", "file", "sqlite"] {
        let next = if kind == "file" {
            let path = folder.path().join("all.dump");
            let options = DumpOptions { compress: true, ..DumpOptions::default() };
            dump(place.source().await.unwrap(), &path, &options, &Silent).await.unwrap();
            Place::File(path)
        } else {
            let next = At::of(kind, folder.path());
            let report = carry(&place, &next.place(), &KEEP).await.unwrap();
            assert!(!report.already_done && !report.resumed, "{report:?}");
            assert!(report.counts.jobs > 20, "{report:?}");
            assert_same(&first.db().await, &next.db().await, kind).await;
            let target = next.place().target().await.unwrap();
            let verified = verify(source(&first).await, &target, &Adapt::nothing(), &Silent).await;
            let verified = verified.unwrap();
            assert!(verified.is_clean(), "{}", verified.complaint());
            assert_eq!(verified.digest_from, verified.digest_to);
            at = next;
            at.place()
        };
        place = next;
    }
    let (old, new) = (first.db().await, at.db().await);
    // The old store stays closed, the new one is open.
    assert_eq!(old.describe().await.unwrap().gate, Gate::ReadOnly);
    assert_eq!(new.describe().await.unwrap().gate, Gate::Open);
    old.set_gate(Gate::Open).await.unwrap();
    assert_eq!(drain(&old).await, drain(&new).await);
}

fn assert_every_state_is_there(records: &[Record]) {
    let jobs = |wanted| records.iter().any(|r| matches!(r, Record::Job(j) if j.state == wanted));
    for state in JobState::ALL {
        assert!(jobs(state), "no job is {state}");
    }
    for state in TaskState::ALL {
        let found = records.iter().any(|r| matches!(r, Record::Task(t) if t.state == state));
        assert!(found, "no task is {state}");
    }
    assert!(records.iter().any(|r| matches!(r, Record::KeptOutput(_))));
    assert!(records.iter().any(|r| matches!(r, Record::Stream(s) if s.deleted)));
    assert!(records.iter().any(|r| matches!(r, Record::Task(t) if t.tolerated)));
    assert!(records.iter().any(|r| matches!(r, Record::Task(t) if t.retries > 0)));
    let rules = |state| move |r: &Record| matches!(r, Record::Task(t) if t.state == state && !t.rules.is_default());
    let starts = |state| move |r: &Record| matches!(r, Record::Task(t) if t.state == state && t.start_by.is_some());
    for state in [TaskState::Pending, TaskState::Ready, TaskState::Done] {
        assert!(records.iter().any(rules(state)), "no {state} task has rules");
        assert!(records.iter().any(starts(state)), "no {state} task has a time to start by");
    }
    let large = |r: &Record| matches!(r, Record::Task(t) if t.definition.bytes() == 1 << 20);
    assert!(records.iter().any(large), "no payload is as large as it may be");
    assert!(records.iter().any(|r| matches!(r, Record::Job(j) if j.name.is_some())));
    assert!(records.iter().any(|r| matches!(r, Record::Job(j) if j.labels.len() == 2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pair_of_stores() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = ["sqlite", "redis", "postgres", "shards"];
    for (n, from) in kinds.into_iter().enumerate() {
        let old = At::of(from, folder.path());
        fill(&old.db().await, u64::try_from(n).unwrap(), 24).await;
        for to in kinds {
            let what = format!("{from} to {to}");
            let new = At::of(to, folder.path());
            carry(&old.place(), &new.place(), &KEEP).await.expect(&what);
            assert_same(&old.db().await, &new.db().await, &what).await;
            if from != "shards" && to != "shards" && to != from {
                let again = At::of(from, folder.path());
                carry(&old.place(), &again.place(), &KEEP).await.expect(&what);
                let (old, new) = (again.db().await, new.db().await);
                assert_eq!(drain(&old).await, drain(&new).await, "{what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_done_comes_back_ready() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::sqlite(folder.path(), "new"));
    let from = old.db().await;
    fill(&from, 5, 60).await;
    let held = |records: &[Record]| {
        let running = |r: &&Record| matches!(r, Record::Task(t) if t.claim.is_some());
        records.iter().filter(running).count()
    };
    let running = held(&records(&from).await);
    assert!(running > 0);
    carry(&old.place(), &new.place(), &CopyOptions::default()).await.unwrap();
    let to = new.db().await;
    assert_eq!(held(&records(&to).await), 0);
    assert_eq!(to.audit().await.unwrap(), []);
    // As if all workers had released what they held.
    from.set_gate(Gate::Open).await.unwrap();
    let workers: std::collections::BTreeSet<_> = records(&from)
        .await
        .into_iter()
        .filter_map(|record| match record {
            Record::Task(task) => task.claim.map(|claim| claim.worker_id),
            _ => None,
        })
        .collect();
    let mut released = 0;
    for worker in workers {
        released += from.release_worker(&worker).await.unwrap();
    }
    assert_eq!(released, running);
    assert_eq!(drain(&from).await, drain(&to).await);
}
