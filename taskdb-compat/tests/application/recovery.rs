//! What becomes of work that fails, and of agents that die.

use serde_json::{Value, json};
use taskdb::test_helpers::{get_job, get_task};
use taskdb::{Handle, INIT_TASK, JobState, TaskState};
use uuid::Uuid;

use crate::app::App;
use crate::maintenance::requeue_loop;
use crate::status::create_session;
use crate::work::{Execution, Flaw};

const USER: &str = "user1";

/// A session of four segments, one of them flawed.
async fn session(db: &impl Handle, flaw: Flaw) -> Uuid {
    let flawed = Some((2, flaw));
    let execution = Execution { user_id: USER.into(), segments: 4, keccaks: 0, flawed };
    create_session(db, &execution, 300).await.unwrap()
}

pub(crate) async fn a_segment_that_fails_once_is_tried_again(db: impl Handle + Clone + 'static) {
    let job_id = session(&db, Flaw::FailsOnce).await;
    let mut app = App::new(&db).agents();
    let report = app.reports("retry").await;
    assert!(report.ends_with("segment 2 ran out of memory"), "{report}");
    assert_eq!(app.outcome(&job_id, USER).await.body["status"], "SUCCEEDED");
    app.stop().await;
    // The two first segments and their join come before it.
    let task = get_task(&db, &job_id, "segment-3").await.unwrap();
    assert_eq!((task.retries, task.state), (1, TaskState::Done));
}

pub(crate) async fn a_broken_segment_fails_its_job(db: impl Handle + Clone + 'static) {
    let job_id = session(&db, Flaw::AlwaysFails).await;
    let mut app = App::new(&db).agents();
    let response = app.outcome(&job_id, USER).await;
    assert_eq!((response.code, &response.body["status"]), (200, &json!("FAILED")));
    assert_eq!(response.body["detail"], json!({"error": "retry max hit"}));
    app.reports("gave up segment-3").await;
    app.stop().await;

    let job = get_job(&db, &job_id).await.unwrap();
    assert_eq!((job.id, job.state, job.user_id.as_str()), (job_id, JobState::Failed, USER));
    assert_eq!(job.error.as_deref(), Some("retry max hit"));
    let task = get_task(&db, &job_id, "segment-3").await.unwrap();
    assert_eq!((task.retries, task.state), (task.max_retries, TaskState::Failed));
    assert_eq!(taskdb::get_concurrent_jobs(&db, USER).await.unwrap(), 0);
}

/// A job whose time is over as soon as an agent has taken its task.
async fn hasty_job(db: &impl Handle, max_retries: i32) -> Uuid {
    let stream_id = taskdb::create_stream(db, "hasty", 0, 1.0, USER).await.unwrap();
    taskdb::create_job(db, &stream_id, &json!({}), max_retries, 0, USER).await.unwrap()
}

pub(crate) async fn the_task_of_a_dead_agent_goes_to_another(db: impl Handle + Clone + 'static) {
    let job_id = hasty_job(&db, 3).await;
    let taken = taskdb::request_work(&db, "hasty").await.unwrap().expect("init is ready");
    assert_eq!((taken.job_id, taken.task_id.as_str(), taken.max_retries), (job_id, INIT_TASK, 3));
    let mut app = App::new(&db).with(requeue_loop);
    assert_eq!(app.reports("requeued").await, "requeued 1");
    app.stop().await;

    let again = taskdb::request_work(&db, "hasty").await.unwrap().expect("it is ready again");
    assert_eq!((again.job_id, &again.task_id), (job_id, &taken.task_id));
    let retries = taskdb::get_task_retries_running(&db, &job_id, INIT_TASK).await.unwrap();
    assert_eq!(retries, Some(1));
    // Calls without a claim do not tell the second agent from the first.
    assert!(taskdb::update_task_done(&db, &job_id, INIT_TASK, json!("late")).await.unwrap());
    assert!(!taskdb::update_task_done(&db, &job_id, INIT_TASK, json!("second")).await.unwrap());
    let output: Value = taskdb::get_task_output(&db, &job_id, INIT_TASK).await.unwrap();
    assert_eq!(output, "late");
}

pub(crate) async fn an_agent_that_dies_too_often_fails_the_job(db: impl Handle + Clone + 'static) {
    let job_id = hasty_job(&db, 1).await;
    let mut app = App::new(&db).with(requeue_loop);
    for _ in 0..2 {
        let taken = taskdb::request_work(&db, "hasty").await.unwrap();
        assert!(taken.is_some());
        app.reports("requeued 1").await;
    }
    app.stop().await;
    assert_eq!(taskdb::get_job_failure(&db, &job_id).await.unwrap(), "retry max hit");
    assert!(taskdb::request_work(&db, "hasty").await.unwrap().is_none());
}
