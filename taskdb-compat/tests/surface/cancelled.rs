//! Cancelling is unknown to existing code; a newer program at the same store may do it,
//! and what it has cancelled reads as failed.

use serde_json::json;
use taskdb::test_helpers::{get_job, get_task};
use taskdb::{Handle, INIT_TASK, JobState, Priority, TaskState, TaskStateCount};
use uuid::Uuid;

const USER: &str = "user1";

/// A running `init`, and a task that waits for it.
async fn at_work(db: &impl Handle) -> Uuid {
    let stream = taskdb::get_or_create_stream(db, "cpu", 0, 1.0, USER).await.unwrap();
    let job = taskdb::create_job(db, &stream, &json!({}), 0, 60, USER).await.unwrap();
    let init = json!([INIT_TASK]);
    taskdb::create_task(db, &job, "next", &stream, &json!({}), &init, 0, 60).await.unwrap();
    assert!(taskdb::request_work(db, "cpu").await.unwrap().is_some());
    job
}

async fn assert_failed(db: &impl Handle, job_id: &Uuid) {
    assert_eq!(taskdb::get_job_state(db, job_id, USER).await.unwrap(), JobState::Failed);
    assert_eq!(taskdb::get_job_failure(db, job_id).await.unwrap(), "cancelled");
    let job = get_job(db, job_id).await.unwrap();
    assert_eq!((job.state, job.error.as_deref()), (JobState::Failed, Some("cancelled")));
    assert_eq!(taskdb::get_concurrent_jobs(db, USER).await.unwrap(), 0);
    for task_id in [INIT_TASK, "next"] {
        let task = get_task(db, job_id, task_id).await.unwrap();
        assert_eq!((task.state, task.output), (TaskState::Failed, None), "{task_id}");
        assert!(!taskdb::update_task_done(db, job_id, task_id, json!(1)).await.unwrap());
    }
}

pub(crate) async fn a_cancelled_job_reads_as_failed(db: impl Handle) {
    let job = at_work(&db).await;
    db.taskdb().await.unwrap().cancel_job(&job).await.unwrap();
    assert_failed(&db, &job).await;
}

pub(crate) async fn a_cancelled_task_reads_as_failed(db: impl Handle) {
    let job = at_work(&db).await;
    db.taskdb().await.unwrap().cancel_task(&job, INIT_TASK).await.unwrap();
    assert_failed(&db, &job).await;
    let init = get_task(&db, &job, INIT_TASK).await.unwrap();
    assert_eq!(init.error.as_deref(), Some("cancelled"));
}

pub(crate) async fn cancelled_tasks_count_as_failed(db: impl Handle) {
    let row = |state: &str, count| TaskStateCount {
        worker_type: "cpu".into(),
        priority: Priority::Medium,
        state: state.into(),
        count,
    };
    let failed = at_work(&db).await;
    let counts = taskdb::get_task_state_counts(&db).await.unwrap();
    assert_eq!(counts, [row("pending", 1), row("running", 1)]);
    assert!(taskdb::update_task_failed(&db, &failed, INIT_TASK, "broken").await.unwrap());
    let cancelled = at_work(&db).await;
    db.taskdb().await.unwrap().cancel_job(&cancelled).await.unwrap();
    let done = at_work(&db).await;
    assert!(taskdb::update_task_done(&db, &done, INIT_TASK, json!(1)).await.unwrap());
    // One has failed itself, the three others were cancelled with their jobs.
    let counts = taskdb::get_task_state_counts(&db).await.unwrap();
    assert_eq!(counts, [row("done", 1), row("failed", 4), row("ready", 1)]);
}
