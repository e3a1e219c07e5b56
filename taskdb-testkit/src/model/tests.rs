//! What the differential tests cannot show of the model: moving its content,
//! waking waiters, ages of what is gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use taskdb_core::record::Record;
use taskdb_core::store::Gate;
use taskdb_core::{ManualClock, NewTask, RunIf, TaskDb};
use uuid::Uuid;

use super::Model;

fn model(clock: &ManualClock) -> TaskDb {
    TaskDb::new(Model::new(Arc::new(clock.clone())))
}

async fn records(db: &TaskDb, page: usize) -> Vec<Record> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = db.export(cursor, page).await.unwrap();
        all.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

/// A job of every state, a task of most, a claim, an output kept.
async fn furnish(db: &TaskDb) {
    let stream = db.create_stream("cpu", 1, 0.1, "ann").await.unwrap();
    let mut jobs = Vec::new();
    for n in 0..5 {
        jobs.push(db.create_job(&stream, &json!({ "n": n }), 1, 60, "ann").await.unwrap());
    }
    db.update_task_done(&jobs[0], "init", json!([0])).await.unwrap();
    db.delete_job_with_ttl(&jobs[0], 60).await.unwrap();
    db.update_task_failed(&jobs[1], "init", "no").await.unwrap();
    db.cancel_job(&jobs[2]).await.unwrap();
    db.update_task_done(&jobs[3], "init", json!([3])).await.unwrap();
    let tasks = [
        NewTask::new("try", stream, json!(1)).optional(),
        NewTask::new("after", stream, json!(2)).after(["init", "try"]).run_if(RunIf::AllSettled),
        NewTask::new("later", stream, json!(3)).delay(Duration::from_secs(9)),
    ];
    db.create_tasks(&jobs[4], tasks).await.unwrap();
    db.update_task_failed(&jobs[4], "try", "tolerated").await.unwrap();
    db.request_work("cpu").await.unwrap().unwrap();
}

#[tokio::test]
async fn an_export_imported_page_by_page_and_repeated_is_the_same_export() {
    let clock = ManualClock::default();
    let (from, to) = (model(&clock), model(&clock));
    furnish(&from).await;
    let all = records(&from, 100).await;
    for page in all.chunks(2) {
        to.import(page.to_vec()).await.unwrap();
        to.import(page.to_vec()).await.unwrap();
    }
    assert_eq!(records(&to, 3).await, all);
    assert_eq!(to.audit().await.unwrap(), []);
    let orphan: Vec<_> = all.into_iter().skip_while(|r| !matches!(r, Record::Task(_))).collect();
    assert!(model(&clock).import(orphan).await.is_err());
}

#[tokio::test]
async fn whatever_makes_a_task_claimable_wakes_a_waiter() {
    let db = model(&ManualClock::default());
    let stream = db.create_stream("cpu", 0, 1.0, "ann").await.unwrap();
    let definition = json!(1);
    let begun = Instant::now();
    let wait = || db.request_work_wait("cpu", 10);
    let (work, _) = tokio::join!(wait(), db.create_job(&stream, &definition, 1, 60, "ann"));
    let job = work.unwrap().unwrap().job_id;
    let (work, _) = tokio::join!(wait(), db.update_task_retry(&job, "init"));
    assert_eq!(work.unwrap().unwrap().retries, 1);
    assert!(begun.elapsed() < Duration::from_millis(900), "polled: {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_refused_call_leaves_nothing_behind() {
    let db = model(&ManualClock::default());
    furnish(&db).await;
    let before = records(&db, 100).await;
    db.set_gate(Gate::ReadOnly).await.unwrap();
    assert!(db.clear_completed_jobs().await.is_err());
    db.set_gate(Gate::Open).await.unwrap();
    assert!(db.retry_job(&Uuid::nil()).await.is_err());
    let Some(Record::Job(job)) = before.iter().rfind(|r| matches!(r, Record::Job(_))) else {
        panic!("no job in {before:?}");
    };
    let stream = db.get_stream("ann", "cpu").await.unwrap().unwrap();
    let tasks = [
        NewTask::new("fine", stream, json!(1)),
        NewTask::new("bad", stream, json!(1)).after(["nothing"]),
    ];
    assert!(db.create_tasks(&job.job_id, tasks).await.is_err());
    assert_eq!(records(&db, 100).await, before);
}
