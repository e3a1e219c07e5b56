//! What tests of applications read and clear.

use serde_json::json;
use taskdb::engine::NewTask;
use taskdb::test_helpers::{Task, cleanup, get_job, get_task, get_tasks};
use taskdb::{Handle, INIT_TASK, JobState, TaskState};
use uuid::Uuid;

const USER: &str = "user1";

async fn created(db: &impl Handle) -> (Uuid, Uuid) {
    let stream = taskdb::create_stream(db, "cpu", 0, 1.0, USER).await.unwrap();
    let job = taskdb::create_job(db, &stream, &json!({"n": 7}), 3, 60, USER).await.unwrap();
    (stream, job)
}

pub(crate) async fn a_task_is_read_as_it_was_stored(db: impl Handle) {
    let (stream, job) = created(&db).await;
    let read = async |task_id| get_task(&db, &job, task_id).await.unwrap();
    let new = read(INIT_TASK).await;
    let expected = Task {
        job_id: job,
        task_id: INIT_TASK.into(),
        stream_id: stream,
        task_def: json!({"n": 7}),
        prerequisites: json!([]),
        state: TaskState::Ready,
        // The store's clock decides; a task is as old as its job.
        created_at: new.job_created_at,
        started_at: None,
        updated_at: None,
        waiting_on: 0,
        progress: 0.0,
        retries: 0,
        max_retries: 3,
        timeout_secs: 60,
        output: None,
        error: None,
        job_created_at: new.job_created_at,
    };
    assert_eq!(new, expected);

    let prereqs = json!([INIT_TASK]);
    taskdb::create_task(&db, &job, "next", &stream, &json!(2), &prereqs, 0, 9).await.unwrap();
    let next = read("next").await;
    assert_eq!(
        (next.state, next.waiting_on, &next.prerequisites),
        (TaskState::Pending, 1, &prereqs)
    );
    assert!(next.created_at >= next.job_created_at && next.updated_at.is_none(), "{next:?}");

    assert!(taskdb::request_work(&db, "cpu").await.unwrap().is_some());
    assert!(taskdb::update_task_progress(&db, &job, INIT_TASK, 0.25).await.unwrap());
    let running = read(INIT_TASK).await;
    assert_eq!((running.state, running.progress), (TaskState::Running, 0.25));
    assert!(running.started_at >= Some(running.created_at), "{running:?}");
    assert!(running.updated_at >= running.started_at, "{running:?}");
    assert_eq!((running.job_created_at, next.job_created_at), (new.created_at, new.created_at));

    assert!(taskdb::update_task_retry(&db, &job, INIT_TASK).await.unwrap());
    let retried = read(INIT_TASK).await;
    assert_eq!((retried.state, retried.retries, retried.progress), (TaskState::Ready, 1, 0.0));
    assert!(taskdb::update_task_done(&db, &job, INIT_TASK, json!(null)).await.unwrap());
    assert_eq!(read(INIT_TASK).await.output, Some(json!(null)));
    assert!(taskdb::update_task_failed(&db, &job, "next", "broken").await.unwrap());
    let failed = read("next").await;
    assert_eq!((failed.state, failed.error.as_deref()), (TaskState::Failed, Some("broken")));
}

pub(crate) async fn tasks_are_read_oldest_first(db: impl Handle) {
    assert_eq!(get_tasks(&db).await.unwrap(), []);
    let (stream, first) = created(&db).await;
    let (_, second) = created(&db).await;
    for task_id in ["z", "a"] {
        taskdb::create_task(&db, &first, task_id, &stream, &json!({}), &json!([]), 0, 60)
            .await
            .unwrap();
    }
    let tasks = get_tasks(&db).await.unwrap();
    let names: Vec<_> = tasks.iter().map(|task| (task.job_id, task.task_id.as_str())).collect();
    assert_eq!(names, [(first, INIT_TASK), (first, "z"), (first, "a"), (second, INIT_TASK)]);
    assert_eq!(tasks[1], get_task(&db, &first, "z").await.unwrap());
}

pub(crate) async fn large_jobs_are_read_whole(db: impl Handle) {
    let (stream, job) = created(&db).await;
    let many = (1..1_000).map(|n| NewTask::new(format!("{n}"), stream, json!({})));
    db.taskdb().await.unwrap().create_tasks(&job, many).await.unwrap();
    let (_, last) = created(&db).await;
    let tasks = get_tasks(&db).await.unwrap();
    assert_eq!((tasks.len(), tasks[1_000].job_id), (1_001, last));
    assert_eq!((tasks[499].task_id.as_str(), tasks[999].task_id.as_str()), ("499", "999"));
}

pub(crate) async fn cleanup_leaves_nothing(db: impl Handle) {
    cleanup(&db).await.unwrap();
    let (_, job) = created(&db).await;
    let (_, done) = created(&db).await;
    assert!(taskdb::update_task_done(&db, &done, INIT_TASK, json!(1)).await.unwrap());
    assert!(taskdb::request_work(&db, "cpu").await.unwrap().is_some());
    assert_eq!(get_job(&db, &job).await.unwrap().state, JobState::Running);
    cleanup(&db).await.unwrap();
    assert_eq!(get_tasks(&db).await.unwrap(), []);
    assert_eq!(taskdb::get_stream(&db, USER, "cpu").await.unwrap(), None);
    assert!(get_job(&db, &job).await.is_err());
    let content = db.taskdb().await.unwrap().export(None, 100).await.unwrap();
    assert_eq!(content.records, []);
}
