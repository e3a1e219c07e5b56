//! What is refused before anything is written, and says what to do.

use serde_json::json;
use taskdb::TaskDb;
use taskdb::record::{Cursor, Page, Record};
use taskdb::store::Gate;
use taskdb_migrate::{
    CopyOptions, Mended, MigrateErr, Result, Running, Silent, Source, SourceGate, Weight, check,
    copy,
};

use crate::places::{At, carry, records, source};
use crate::population::fill;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_holds_something() {
    let folder = tempfile::tempdir().unwrap();
    let old = At::sqlite(folder.path(), "old");
    fill(&old.db().await, 11, 5).await;
    for kind in ["sqlite", "redis", "postgres"] {
        let new = At::of(kind, folder.path());
        let stream = new.db().await.create_stream("cpu", 0, 1.0, "u").await.unwrap();
        let error = carry(&old.place(), &new.place(), &CopyOptions::default()).await.unwrap_err();
        assert!(error.is_refusal() && error.to_string().contains("is not empty"), "{error}");
        let info = new.db().await.describe().await.unwrap();
        assert_eq!((info.gate, info.mark), (Gate::Open, None));
        new.db().await.create_job(&stream, &json!(0), 0, 60, "u").await.unwrap();
    }
    assert_eq!(old.db().await.describe().await.unwrap().gate, Gate::Open, "nothing was closed");
}

/// What was deleted from it leaves no trace that the copy could meet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_whose_streams_were_deleted_is_not_refused() {
    let folder = tempfile::tempdir().unwrap();
    let old = At::sqlite(folder.path(), "old");
    fill(&old.db().await, 16, 5).await;
    for kind in ["sqlite", "redis", "shards", "postgres"] {
        let new = At::of(kind, folder.path());
        let db = new.db().await;
        for _ in 0..3 {
            let stream = db.create_stream("cpu", 0, 1.0, "u").await.unwrap();
            let job = db.create_job(&stream, &json!(0), 0, 60, "u").await.unwrap();
            let init = db.request_work("cpu").await.unwrap().unwrap();
            db.complete(&init.claim, &json!(0)).await.unwrap();
            db.delete_job(&job).await.unwrap();
            db.delete_stream(&stream).await.unwrap();
        }
        db.requeue_tasks(1).await.unwrap();
        let options = CopyOptions::default();
        let report = carry(&old.place(), &new.place(), &options).await;
        assert!(report.is_ok(), "{kind}: {report:?}");
        assert_eq!(db.audit().await.unwrap(), []);
        old.db().await.set_gate(Gate::Open).await.unwrap();
    }
}

/// Back to where it came from, and where it was deleted meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_comes_back_to_where_it_was_deleted() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["sqlite", "redis", "postgres"] {
        let db = At::of(kind, folder.path()).db().await;
        let stream = db.create_stream("cpu", 2, 0.5, "u").await.unwrap();
        let before = records(&db).await;
        db.delete_stream(&stream).await.unwrap();
        for _ in 0..2 {
            db.import(before.clone()).await.unwrap();
            assert_eq!(records(&db).await, before, "{kind}");
            assert_eq!(db.get_stream("u", "cpu").await.unwrap(), Some(stream), "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_of_another_copy() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (At::sqlite(folder.path(), "one"), At::sqlite(folder.path(), "other"));
    let new = At::sqlite(folder.path(), "new");
    fill(&one.db().await, 12, 5).await;
    fill(&other.db().await, 13, 5).await;
    let options = CopyOptions::default();
    carry(&one.place(), &new.place(), &options).await.unwrap();
    let before = records(&new.db().await).await;
    for (from, options) in
        [(&other, options), (&one, CopyOptions { running: Running::Keep, ..options })]
    {
        let error = carry(&from.place(), &new.place(), &options).await.unwrap_err();
        assert!(error.is_refusal() && error.to_string().contains("was filled from"), "{error}");
    }
    // The same again is fine, and changes nothing.
    let report = carry(&one.place(), &new.place(), &options).await.unwrap();
    assert!(report.already_done);
    assert_eq!(records(&new.db().await).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_can_change_and_must_not_be_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::sqlite(folder.path(), "new"));
    fill(&old.db().await, 14, 5).await;
    let options = CopyOptions { source_gate: SourceGate::Leave, ..CopyOptions::default() };
    let error = carry(&old.place(), &new.place(), &options).await.unwrap_err();
    assert!(error.is_refusal() && error.to_string().contains("--source-gate"), "{error}");
    assert!(new.db().await.describe().await.unwrap().mark.is_none());
    old.db().await.set_gate(Gate::ReadOnly).await.unwrap();
    carry(&old.place(), &new.place(), &options).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let old = At::sqlite(folder.path(), "old");
    fill(&old.db().await, 15, 2).await;
    let error = carry(&old.place(), &old.place(), &CopyOptions::default()).await.unwrap_err();
    assert!(error.is_refusal() && error.to_string().contains("to itself"), "{error}");
}

/// A source of another layout, whose names no store takes.
struct Foreign(Vec<Record>);

#[async_trait::async_trait]
impl Source for Foreign {
    fn name(&self) -> &str {
        "the foreign store"
    }

    async fn page(&self, cursor: Option<Cursor>) -> Result<Page> {
        let from = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
        let records: Vec<_> = self.0.iter().skip(from).take(7).cloned().collect();
        let upto = from + records.len();
        let next = (upto < self.0.len()).then(|| Cursor(upto.to_string()));
        Ok(Page { records, next })
    }

    fn store(&self) -> Option<&TaskDb> {
        None
    }

    async fn tasks(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    async fn mended(&self) -> Result<Vec<Mended>> {
        let examples = vec!["job 1".to_owned()];
        Ok(vec![Mended { what: "edges stored twice".to_owned(), count: 2, examples }])
    }
}

async fn foreign() -> (Foreign, [String; 2]) {
    let db = taskdb::connect("memory:").await.unwrap();
    let stream = db.create_stream("cpu", 0, 1.0, "u").await.unwrap();
    let job = db.create_job(&stream, &json!(0), 0, 60, "u").await.unwrap();
    let task = |name: &str| taskdb::NewTask::new(name, stream, json!(name));
    db.create_tasks(&job, [task("a"), task("b"), task("c").after(["a", "b"])]).await.unwrap();
    let long = ["x".repeat(2_000) + "1", "x".repeat(2_000) + "2"];
    let mut all = records(&db).await;
    for record in &mut all {
        if let Record::Task(task) = record {
            let rename = |name: &mut String| match name.as_str() {
                "a" => *name = long[0].clone(),
                "b" => *name = long[1].clone(),
                _ => {}
            };
            rename(&mut task.task_id);
            task.prerequisites.iter_mut().for_each(rename);
        }
    }
    (Foreign(all), long)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_no_store_takes() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["sqlite", "redis", "postgres"] {
        let (source, long) = foreign().await;
        let source: std::sync::Arc<dyn Source> = std::sync::Arc::new(source);
        let new = At::of(kind, folder.path());
        let target = new.place().target().await.unwrap();
        let options = CopyOptions::default();
        let found = check(source.clone(), Some(&target), &options, &Silent).await.unwrap();
        assert!(found.is_stopped(), "{found:?}");
        let error = copy(source.clone(), &target, &options, &Silent).await.unwrap_err();
        assert!(error.to_string().contains("--rename-long"), "{error}");
        assert!(matches!(error, MigrateErr::Refused(_)));

        let other = At::of(kind, folder.path());
        let target = other.place().target().await.unwrap();
        let options = CopyOptions { rename_long: true, ..options };
        let found = check(source.clone(), Some(&target), &options, &Silent).await.unwrap();
        assert!(!found.is_stopped(), "{found:?}");
        let warnings: Vec<_> =
            found.findings.iter().filter(|f| f.weight == Weight::Warning).collect();
        assert_eq!(warnings.len(), 2, "{found:?}");
        let report = copy(source, &target, &options, &Silent).await.unwrap();
        assert_eq!((report.counts.tasks(), report.mended.len()), (4, 1));
        let db = other.db().await;
        for _ in 0..4 {
            let task = db.request_work("cpu").await.unwrap().expect("work");
            assert!(!long.contains(&task.task_id));
            db.complete(&task.claim, &json!(0)).await.unwrap();
        }
        assert_eq!(db.request_work("cpu").await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::sqlite(folder.path(), "new"));
    fill(&old.db().await, 16, 20).await;
    let before = records(&old.db().await).await;
    let target = new.place().target().await.unwrap();
    let options = CopyOptions::default();
    let found = check(source(&old).await, Some(&target), &options, &Silent).await.unwrap();
    assert!(!found.is_stopped() && found.payload_bytes > 0 && found.counts.jobs > 0, "{found:?}");
    assert_eq!(records(&old.db().await).await, before);
    assert!(records(&new.db().await).await.is_empty());
    for db in [old.db().await, new.db().await] {
        let info = db.describe().await.unwrap();
        assert_eq!((info.gate, info.mark), (Gate::Open, None));
    }
}
