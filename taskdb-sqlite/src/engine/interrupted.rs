//! Tests of large releases that were interrupted between two steps, as by a crash: what
//! later calls make of what is left. How a release goes when nothing interrupts it, the
//! conformance suite tests.

use serde_json::json;
use taskdb_core::record::Record;
use taskdb_core::request::{Export, Failure, Target, UpdateTaskFailed};
use taskdb_core::{JobState, NewJob, NewTask, RunIf, Store, TaskDb};
use uuid::Uuid;

use crate::config::{Config, Synchronous};
use crate::ops;
use crate::store::SqliteStore;
use crate::writer::Turn;

/// More than two steps tell.
const DEPENDANTS: usize = 1_200;

/// A job in which an optional task has failed, and the first step of telling its
/// dependants was the last.
struct World {
    db: TaskDb,
    store: SqliteStore,
    job: Uuid,
    _folder: tempfile::TempDir,
}

impl World {
    async fn interrupted() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::at(folder.path().join("jobs.db")).synchronous(Synchronous::Normal);
        let db = config.clone().connect().await.unwrap();
        let store = SqliteStore::open(config).await.unwrap();
        let stream = db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
        let job = db.create_job_with(NewJob::new("user", stream, json!(0))).await.unwrap();
        let init = db.request_work("cpu").await.unwrap().unwrap();
        let first = ["optional", "hard"].map(|name| NewTask::new(name, stream, json!(0)));
        let [optional, hard] = first;
        db.create_tasks(&job, [optional.optional(), hard]).await.unwrap();
        for number in (0..DEPENDANTS).collect::<Vec<_>>().chunks(600) {
            let tasks = number.iter().map(|number| {
                let task = NewTask::new(format!("after-{number}"), stream, json!(0));
                task.after(["optional", "hard"]).run_if(RunIf::AllSettled)
            });
            db.create_tasks(&job, tasks).await.unwrap();
        }
        db.complete(&init.claim, &json!(0)).await.unwrap();
        let target = Target::Task { job_id: job, task_id: "optional".into() };
        let entries = vec![Failure { target, error: "no luck".into() }];
        let request = UpdateTaskFailed { entries };
        let call =
            move |unit: &mut crate::unit::Unit<'_>| ops::update_task_failed::run(unit, &request);
        let (answers, unfinished) = store.writer.call(Turn::Change, call).await.unwrap();
        assert!(answers[0].as_ref().is_ok_and(|answer| *answer) && unfinished);
        Self { db, store, job, _folder: folder }
    }

    /// How many dependants know that one of their two prerequisites has ended.
    async fn told(&self) -> usize {
        let tasks = self.db.list_tasks(&self.job, None, None, 10_000).await.unwrap();
        tasks.iter().filter(|task| task.waiting_on == 1).count()
    }

    async fn releasing(&self) -> bool {
        let request = Export { limit: 10_000, derived: true, ..Export::default() };
        let page = self.store.export(request).await.unwrap();
        page.records.iter().any(|record| match record {
            Record::Job(job) => job.derived.as_ref().is_some_and(|derived| derived.releasing),
            _ => false,
        })
    }
}

#[tokio::test]
async fn a_bystander_helps_by_one_step_only() {
    let world = World::interrupted().await;
    assert_eq!(world.told().await, 500);
    world.db.request_work("other").await.unwrap();
    assert_eq!(world.told().await, 1_000);
    assert!(world.releasing().await);
    world.db.requeue_tasks(1).await.unwrap();
    assert_eq!(world.told().await, DEPENDANTS);
    assert!(!world.releasing().await);
    assert_eq!(world.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn a_replay_completes_what_was_interrupted_first() {
    let world = World::interrupted().await;
    let db = &world.db;
    db.update_task_failed(&world.job, "hard", "really").await.unwrap();
    db.retry_job(&world.job).await.unwrap();
    assert!(!world.releasing().await);
    assert_eq!(db.audit().await.unwrap(), []);
    for _ in 0..2 + DEPENDANTS {
        let task = db.request_work("cpu").await.unwrap().unwrap();
        db.complete(&task.claim, &json!(0)).await.unwrap();
    }
    let state = db.get_job(&world.job).await.unwrap().state;
    assert_eq!(state, JobState::Done, "both failures came back, and all after them ran");
}
