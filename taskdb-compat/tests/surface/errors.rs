//! What existing code gets for what does not exist and for what is refused.

use serde_json::{Value, json};
use taskdb::test_helpers::{get_job, get_task};
use taskdb::{Handle, INIT_TASK, SqlxError, TaskDbErr, sqlx};
use uuid::Uuid;

const USER: &str = "user1";

/// A stream and a job in it.
async fn begun(db: &impl Handle) -> (Uuid, Uuid) {
    let stream = taskdb::create_stream(db, "cpu", 0, 1.0, USER).await.unwrap();
    let job = taskdb::create_job(db, &stream, &json!({}), 0, 60, USER).await.unwrap();
    (stream, job)
}

fn is_row_not_found<T>(result: Result<T, TaskDbErr>) -> bool {
    matches!(result, Err(TaskDbErr::SqlError(sqlx::Error::RowNotFound)))
}

pub(crate) async fn what_does_not_exist_is_row_not_found(db: impl Handle) {
    let (stream, job) = begun(&db).await;
    let (none, def) = (Uuid::new_v4(), json!({}));
    let task = async |job, stream, prereqs: Value| {
        taskdb::create_task(&db, job, "next", stream, &def, &prereqs, 0, 60).await
    };
    for (call, answer) in [
        ("state", is_row_not_found(taskdb::get_job_state(&db, &none, USER).await)),
        ("state of another", is_row_not_found(taskdb::get_job_state(&db, &job, "user2").await)),
        ("unresolved", is_row_not_found(taskdb::get_job_unresolved(&db, &none).await)),
        ("time", is_row_not_found(taskdb::get_job_time(&db, &none).await)),
        ("failure", is_row_not_found(taskdb::get_job_failure(&db, &none).await)),
        ("no failure", is_row_not_found(taskdb::get_job_failure(&db, &job).await)),
        ("stream", is_row_not_found(taskdb::create_job(&db, &none, &def, 0, 60, USER).await)),
        ("task's job", is_row_not_found(task(&none, &stream, json!([])).await)),
        ("task's stream", is_row_not_found(task(&job, &none, json!([])).await)),
        ("prerequisite", is_row_not_found(task(&job, &stream, json!(["none"])).await)),
        ("job", is_row_not_found(get_job(&db, &none).await)),
        ("job of task", is_row_not_found(get_task(&db, &none, INIT_TASK).await)),
        ("task", is_row_not_found(get_task(&db, &job, "none").await)),
    ] {
        assert!(answer, "{call}");
    }
    // Not done yet, and not there.
    for task_id in [INIT_TASK, "none"] {
        let output = taskdb::get_task_output::<Value>(&db, &job, task_id).await;
        assert!(is_row_not_found(output), "{task_id}");
    }
}

pub(crate) async fn what_has_no_effect_is_no_error(db: impl Handle) {
    let none = Uuid::new_v4();
    assert!(!taskdb::update_task_done(&db, &none, INIT_TASK, json!(1)).await.unwrap());
    assert!(!taskdb::update_task_failed(&db, &none, INIT_TASK, "error").await.unwrap());
    assert!(!taskdb::update_task_progress(&db, &none, INIT_TASK, 0.5).await.unwrap());
    assert!(!taskdb::update_task_retry(&db, &none, INIT_TASK).await.unwrap());
    assert_eq!(taskdb::get_task_retries_running(&db, &none, INIT_TASK).await.unwrap(), None);
    assert_eq!(taskdb::get_stream(&db, "nobody", "cpu").await.unwrap(), None);
    assert_eq!(taskdb::get_concurrent_jobs(&db, "nobody").await.unwrap(), 0);
    assert_eq!(taskdb::requeue_tasks(&db, 100).await.unwrap(), 0);
    assert_eq!(taskdb::clear_completed_jobs(&db).await.unwrap(), 0);
    assert!(taskdb::request_work(&db, "cpu").await.unwrap().is_none());
    assert!(taskdb::request_work_wait(&db, "cpu", 0).await.unwrap().is_none());
    taskdb::delete_job(&db, &none).await.unwrap();
    taskdb::delete_job_with_ttl(&db, &none, 60).await.unwrap();
}

pub(crate) async fn refusals_have_the_variants_of_before(db: impl Handle) {
    for be_mult in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let refused = taskdb::create_stream(&db, "cpu", 0, be_mult, USER).await;
        assert!(matches!(refused, Err(TaskDbErr::InvalidBeMult)), "{refused:?}");
    }
    let (_, job) = begun(&db).await;
    assert!(taskdb::update_task_done(&db, &job, INIT_TASK, json!("text")).await.unwrap());
    let number = taskdb::get_task_output::<u64>(&db, &job, INIT_TASK).await;
    assert!(matches!(number, Err(TaskDbErr::JsonErr(_))), "{number:?}");
    let negative = taskdb::requeue_tasks(&db, -1).await;
    assert!(matches!(negative, Err(TaskDbErr::InternalErr(_))), "{negative:?}");
    // What applications make of their own errors.
    let own: TaskDbErr = SqlxError::PoolTimedOut.into();
    assert!(matches!(own, TaskDbErr::SqlError(sqlx::Error::PoolTimedOut)));
}

pub(crate) async fn a_call_that_is_refused_says_why(db: impl Handle) {
    let (stream, job) = begun(&db).await;
    let create = async |task_id, def: Value, prereqs: Value| {
        taskdb::create_task(&db, &job, task_id, &stream, &def, &prereqs, 0, 60).await
    };
    create("next", json!(1), json!([])).await.unwrap();
    create("next", json!(1), json!([])).await.unwrap();
    let other = create("next", json!(2), json!([])).await.unwrap_err();
    assert!(other.to_string().contains("`next`"), "{other}");
    let itself = create("loop", json!(1), json!(["loop"])).await.unwrap_err();
    let text = create("text", json!(1), json!("init")).await.unwrap_err();
    assert!(taskdb::update_task_failed(&db, &job, INIT_TASK, "broken").await.unwrap());
    let late = create("late", json!(1), json!([])).await.unwrap_err();
    assert!(late.to_string().contains(&job.to_string()), "{late}");
    for refused in [other, itself, text, late] {
        assert!(matches!(refused, TaskDbErr::InternalErr(_)), "{refused:?}");
    }
}
