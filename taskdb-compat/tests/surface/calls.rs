//! Every call with arguments and results of exactly the types that existing code has:
//! this file compiles, or the surface has changed.

use std::sync::Arc;

use serde_json::{Value, json};
use taskdb::{
    Handle, INIT_TASK, JobState, Priority, ReadyTask, StuckTaskInfo, TaskDbErr, TaskStateCount,
};
use uuid::Uuid;

const USER: &str = "user1";
const MAX_RETRIES: i32 = 3;
const TIMEOUT_SECS: i32 = 60;

/// The result of a call that must not fail, with the one error type there is.
fn ok<T>(result: Result<T, TaskDbErr>) -> T {
    result.unwrap()
}

pub(crate) async fn those_of_streams_and_jobs_are_as_they_were(db: impl Handle) {
    let nothing: () = ok(taskdb::init_db(&db).await);
    let (worker_type, reserved, be_mult): (&str, i32, f32) = ("cpu", 2, 1.0);
    let stream: Uuid = ok(taskdb::create_stream(&db, worker_type, reserved, be_mult, USER).await);
    let same: Uuid =
        ok(taskdb::get_or_create_stream(&db, worker_type, reserved, be_mult, USER).await);
    let found: Option<Uuid> = ok(taskdb::get_stream(&db, USER, worker_type).await);
    assert_eq!((same, found), (stream, Some(stream)));

    let def: Value = json!({"n": 7});
    let low: Uuid = ok(taskdb::create_job_with_priority(
        &db,
        &stream,
        &def,
        MAX_RETRIES,
        TIMEOUT_SECS,
        USER,
        Priority::Low,
    )
    .await);
    let job: Uuid =
        ok(taskdb::create_job(&db, &stream, &def, MAX_RETRIES, TIMEOUT_SECS, USER).await);
    assert_eq!(Priority::default(), Priority::Medium);
    assert_eq!(ok(taskdb::request_work(&db, "cpu").await).unwrap().job_id, job);
    assert_eq!(ok(taskdb::request_work(&db, "cpu").await).unwrap().job_id, low);

    let prereqs: Value = json!([INIT_TASK]);
    let created: () = ok(taskdb::create_task(
        &db,
        &job,
        "next",
        &stream,
        &def,
        &prereqs,
        MAX_RETRIES,
        TIMEOUT_SECS,
    )
    .await);
    let state: JobState = ok(taskdb::get_job_state(&db, &job, USER).await);
    let unresolved: i64 = ok(taskdb::get_job_unresolved(&db, &job).await);
    let concurrent: i64 = ok(taskdb::get_concurrent_jobs(&db, USER).await);
    let seconds: f64 = ok(taskdb::get_job_time(&db, &job).await);
    assert_eq!((state, unresolved, concurrent), (JobState::Running, 2, 2));
    assert!((0.0..60.0).contains(&seconds), "{seconds}");
    let deleted: () = ok(taskdb::delete_job(&db, &job).await);
    assert_eq!((nothing, created, deleted), ((), (), ()));
    assert_eq!(ok(taskdb::get_concurrent_jobs(&db, USER).await), 1);
}

pub(crate) async fn those_of_workers_are_as_they_were(db: impl Handle) {
    let stream = ok(taskdb::create_stream(&db, "cpu", 0, 1.0, USER).await);
    let job = ok(taskdb::create_job(&db, &stream, &json!([1, 2.5]), 1, 0, USER).await);
    let task: Option<ReadyTask> = ok(taskdb::request_work(&db, "cpu").await);
    let ReadyTask { job_id, task_id, task_def, prereqs, max_retries, .. } = task.unwrap();
    assert_eq!((job_id, task_id.as_str(), max_retries), (job, INIT_TASK, 1));
    assert_eq!((task_def, prereqs), (json!([1, 2.5]), json!([])));

    let progress: f32 = 0.5;
    let moved: bool = ok(taskdb::update_task_progress(&db, &job, INIT_TASK, progress).await);
    let limit: i64 = 10;
    let requeued: usize = ok(taskdb::requeue_tasks(&db, limit).await);
    let waited: Option<ReadyTask> = ok(taskdb::request_work_wait(&db, "cpu", 5_u64).await);
    let retries: Option<i32> = ok(taskdb::get_task_retries_running(&db, &job, INIT_TASK).await);
    let done: bool = ok(taskdb::update_task_done(&db, &job, INIT_TASK, json!("ok")).await);
    assert_eq!((moved, requeued, waited.is_some(), retries, done), (true, 1, true, Some(1), true));
    let output = ok(taskdb::get_task_output::<String>(&db, &job, INIT_TASK).await);
    assert_eq!(output, "ok");

    let job = ok(taskdb::create_job(&db, &stream, &json!({}), 0, 60, USER).await);
    assert!(ok(taskdb::request_work(&db, "cpu").await).is_some());
    let retried: bool = ok(taskdb::update_task_retry(&db, &job, INIT_TASK).await);
    assert!(!retried, "it has no retries left");
    let failure: String = ok(taskdb::get_job_failure(&db, &job).await);
    assert_eq!(failure, "retry max hit");
    let job = ok(taskdb::create_job(&db, &stream, &json!({}), 0, 60, USER).await);
    let failed: bool = ok(taskdb::update_task_failed(&db, &job, INIT_TASK, "broken").await);
    assert_eq!((failed, ok(taskdb::get_job_failure(&db, &job).await).as_str()), (true, "broken"));
    assert_eq!(ok(taskdb::get_job_state(&db, &job, USER).await).to_string(), "FAILED");
}

pub(crate) async fn those_of_operators_are_as_they_were(db: impl Handle) {
    let stream = ok(taskdb::create_stream(&db, "cpu", 0, 1.0, USER).await);
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(ok(taskdb::create_job(&db, &stream, &json!({}), 0, 60, USER).await));
    }
    let stuck: Vec<StuckTaskInfo> = ok(taskdb::check_stuck_pending_tasks(&db).await);
    let fixed: i32 = ok(taskdb::fix_stuck_pending_tasks(&db).await);
    let refreshed: () = ok(taskdb::refresh_stream_counters(&db).await);
    assert_eq!((stuck, fixed, refreshed), (vec![], 0, ()));
    let counts: Vec<TaskStateCount> = ok(taskdb::get_task_state_counts(&db).await);
    let ready = TaskStateCount {
        worker_type: "cpu".into(),
        priority: Priority::Medium,
        state: "ready".into(),
        count: 3,
    };
    assert_eq!(counts, [ready]);

    let ttl_secs: u64 = 60;
    let done = |job| taskdb::update_task_done(&db, job, INIT_TASK, json!(1));
    assert!(ok(done(&jobs[0]).await) && ok(done(&jobs[1]).await) && ok(done(&jobs[2]).await));
    let deleted: () = ok(taskdb::delete_job_with_ttl(&db, &jobs[0], ttl_secs).await);
    let kept: i32 = ok(taskdb::clear_completed_jobs_with_ttl(&db, ttl_secs).await);
    let cleared: i32 = ok(taskdb::clear_completed_jobs(&db).await);
    assert_eq!((deleted, kept, cleared), ((), 2, 0));
}

pub(crate) async fn every_kind_of_handle_will_do<H: Handle + 'static>(db: H) {
    let shared = Arc::new(db);
    let by_reference: &H = &shared;
    let stream = ok(taskdb::create_stream(by_reference, "cpu", 0, 1.0, USER).await);
    let engine = ok(shared.taskdb().await);
    assert_eq!(ok(taskdb::get_stream(&engine, USER, "cpu").await), Some(stream));
    assert_eq!(ok(taskdb::get_stream(&by_reference, USER, "cpu").await), Some(stream));
    // A handle of the engine is one of these calls too, and the other way round.
    let job = engine.create_job(&stream, &json!({}), 1, 60, USER).await.unwrap();
    let task = tokio::spawn(async move { ok(taskdb::request_work(&shared, "cpu").await) });
    let task = task.await.unwrap().unwrap();
    assert_eq!(task.job_id, job);
    assert!(ok(taskdb::update_task_retry(&engine, &job, INIT_TASK).await));
    // Reporting with the claim is how existing code is fenced off.
    let late = engine.complete(&task.claim, &json!(1)).await.unwrap_err();
    assert!(matches!(late, taskdb::engine::TaskDbErr::ClaimLost { .. }), "{late}");
}
