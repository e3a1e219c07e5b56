//! A verification finds what differs, and says where.

use serde_json::json;
use taskdb::record::Record;
use taskdb::request::Import;
use taskdb_migrate::{Adapt, CopyOptions, Running, Silent, VerifyReport, verify};

use crate::places::{At, carry, records, source};
use crate::population::fill;

async fn compare(from: &At, to: &At) -> VerifyReport {
    let target = to.place().target().await.unwrap();
    verify(source(from).await, &target, &Adapt::nothing(), &Silent).await.unwrap()
}

/// A store, and another one with its records changed on the way.
async fn changed(change: impl Fn(&mut Vec<Record>)) -> VerifyReport {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::sqlite(folder.path(), "new"));
    fill(&old.db().await, 3, 30).await;
    let mut all = records(&old.db().await).await;
    change(&mut all);
    let to = new.db().await;
    for some in all.chunks(100) {
        to.store().import(Import { records: some.to_vec() }).await.unwrap();
    }
    compare(&old, &new).await
}

fn task(records: &mut [Record]) -> &mut taskdb::record::TaskRecord {
    let output = |record: &&mut Record| matches!(record, Record::Task(t) if t.output.is_some());
    match records.iter_mut().filter(output).nth(2) {
        Some(Record::Task(task)) => task,
        other => panic!("{other:?}"),
    }
}

/// A job with labels.
fn job(records: &mut [Record]) -> &mut taskdb::record::JobRecord {
    let labelled = |record: &&mut Record| matches!(record, Record::Job(j) if !j.labels.is_empty());
    match records.iter_mut().find(labelled) {
        Some(Record::Job(job)) => job,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_found_where_nothing_is() {
    let report = changed(|_| {}).await;
    assert!(report.is_clean(), "{}", report.complaint());
    assert_eq!((report.from, report.digest_from), (report.to, report.digest_to));
    assert!(report.from.done > 0 && report.from.kept_outputs > 0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_output_is_named() {
    let output = taskdb::CanonicalJson::new(&json!({"forged": true}));
    let report = changed(|all| task(all).output = Some(output.clone())).await;
    assert!(!report.is_clean() && report.digest_from != report.digest_to);
    assert!(report.complaint().contains("`output` is"), "{}", report.complaint());
    // By its length and a fingerprint: it is nobody's to read here.
    assert!(report.complaint().contains("(15 bytes, #"), "{}", report.complaint());
    assert!(!report.complaint().contains("forged"), "{}", report.complaint());
    assert!(report.complaint().contains("digest"), "{}", report.complaint());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_rules_names_and_labels_are_named() {
    let complaint = |report: VerifyReport, field: &str| {
        let complaint = report.complaint();
        assert!(!report.is_clean() && report.from == report.to, "{complaint}");
        assert!(complaint.contains(&format!("`{field}` is")), "{complaint}");
    };
    let rules = |all: &mut Vec<Record>| task(all).rules.max_losses = Some(77);
    complaint(changed(rules).await, "rules");
    let starts =
        |all: &mut Vec<Record>| task(all).start_by = Some(taskdb::Timestamp::from_micros(7));
    complaint(changed(starts).await, "start_by");
    let named = |all: &mut Vec<Record>| job(all).name = Some("forged".to_owned());
    complaint(changed(named).await, "name");
    let labelled = |all: &mut Vec<Record>| job(all).labels.clear();
    complaint(changed(labelled).await, "labels");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_job_and_a_missing_task_are_named() {
    let report = changed(|all| {
        let job = task(all).job_id;
        all.retain(|record| match record {
            Record::Job(found) => found.job_id != job,
            Record::Task(found) => found.job_id != job,
            _ => true,
        });
    })
    .await;
    assert_eq!(report.differing, 1, "{}", report.complaint());
    assert!(report.complaint().contains("is missing in the target"), "{}", report.complaint());
    assert_eq!(report.from.jobs, report.to.jobs + 1);

    let report = changed(|all| {
        let last = all.iter().rposition(|record| matches!(record, Record::Task(_))).unwrap();
        all.remove(last);
    })
    .await;
    assert!(report.complaint().contains("is missing in the target"), "{}", report.complaint());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_of_a_stream_is_named() {
    let report = changed(|all| match &mut all[0] {
        Record::Stream(stream) => stream.reserved += 1,
        other => panic!("{other:?}"),
    })
    .await;
    assert!(report.complaint().contains("`reserved` is 0 and became 1"), "{}", report.complaint());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_target_has_beyond_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::redis());
    fill(&old.db().await, 4, 20).await;
    let keep = CopyOptions { running: Running::Keep, ..CopyOptions::default() };
    carry(&old.place(), &new.place(), &keep).await.unwrap();
    assert!(compare(&old, &new).await.is_clean());
    let to = new.db().await;
    let stream = to.create_stream("cpu", 0, 1.0, "new").await.unwrap();
    let job = to.create_job(&stream, &json!(0), 0, 60, "new").await.unwrap();
    let report = compare(&old, &new).await;
    let complaint = report.complaint();
    assert!(complaint.contains(&format!("stream {stream}: is in the target only")), "{complaint}");
    assert!(complaint.contains(&format!("job {job}: is in the target only")), "{complaint}");
}
