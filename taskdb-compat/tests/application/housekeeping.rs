//! The loops that clear and mend.

use serde_json::{Value, json};
use taskdb::test_helpers::get_task;
use taskdb::{Handle, INIT_TASK, TaskState};
use uuid::Uuid;

use crate::app::App;
use crate::backends;
use crate::maintenance::{cleanup_loop, stuck_task_loop};
use crate::status::session_status;

const USER: &str = "user1";

/// Makes a job and takes its first task.
async fn begun(db: &impl Handle) -> (Uuid, Uuid) {
    let stream_id = taskdb::get_or_create_stream(db, "cpu", 0, 1.0, USER).await.unwrap();
    let job_id = taskdb::create_job(db, &stream_id, &json!({}), 0, 60, USER).await.unwrap();
    let task = taskdb::request_work(db, "cpu").await.unwrap().expect("init is ready");
    assert_eq!(task.job_id, job_id);
    (job_id, stream_id)
}

async fn done(db: &impl Handle, job_id: &Uuid, task_id: &str) {
    assert!(taskdb::update_task_done(db, job_id, task_id, json!("result")).await.unwrap());
}

pub(crate) async fn finished_jobs_are_cleared_and_running_ones_stay(
    db: impl Handle + Clone + 'static,
) {
    let (finished, stream_id) = begun(&db).await;
    let (running, _) = begun(&db).await;
    let (failed, _) = begun(&db).await;
    assert!(taskdb::update_task_failed(&db, &failed, INIT_TASK, "no disk").await.unwrap());
    done(&db, &finished, INIT_TASK).await;

    let mut app = App::new(&db).with(cleanup_loop);
    assert_eq!(app.reports("cleared").await, "cleared 1");
    app.stop().await;
    assert_eq!(session_status(&db, &finished, USER).await.code, 404);
    let answer = session_status(&db, &failed, USER).await;
    assert_eq!(answer.body["detail"], json!({"error": "no disk"}));
    assert_eq!(session_status(&db, &running, USER).await.body["status"], "RUNNING");
    // Streams are configuration and stay.
    assert_eq!(taskdb::get_stream(&db, USER, "cpu").await.unwrap(), Some(stream_id));
}

pub(crate) async fn a_cleared_result_can_be_read_for_a_while(db: impl Handle + Clone + 'static) {
    let (cleared, _) = begun(&db).await;
    done(&db, &cleared, INIT_TASK).await;
    assert_eq!(taskdb::clear_completed_jobs_with_ttl(&db, 3600).await.unwrap(), 1);
    let (deleted, _) = begun(&db).await;
    done(&db, &deleted, INIT_TASK).await;
    taskdb::delete_job_with_ttl(&db, &deleted, 3600).await.unwrap();
    for job_id in [cleared, deleted] {
        assert_eq!(session_status(&db, &job_id, USER).await.code, 404);
        let output = taskdb::get_task_output::<Value>(&db, &job_id, INIT_TASK).await.unwrap();
        assert_eq!(output, "result");
    }
}

pub(crate) async fn nothing_is_stuck_in_a_sound_store(db: impl Handle + Clone + 'static) {
    let (job_id, stream_id) = begun(&db).await;
    let after_init = json!([INIT_TASK]);
    taskdb::create_task(&db, &job_id, "next", &stream_id, &json!({}), &after_init, 0, 60)
        .await
        .unwrap();
    assert_eq!(taskdb::check_stuck_pending_tasks(&db).await.unwrap(), []);
    assert_eq!(taskdb::fix_stuck_pending_tasks(&db).await.unwrap(), 0);
    taskdb::refresh_stream_counters(&db).await.unwrap();
    done(&db, &job_id, INIT_TASK).await;
    assert!(taskdb::request_work(&db, "cpu").await.unwrap().is_some());
}

/// A sound store has nothing to mend, so one is damaged from outside.
#[tokio::test]
async fn a_stuck_task_is_found_and_freed() {
    let backend = backends::sqlite_file().await;
    let db = &backend.db;
    let (job_id, stream_id) = begun(db).await;
    taskdb::create_task(db, &job_id, "stuck", &stream_id, &json!({}), &json!([INIT_TASK]), 0, 60)
        .await
        .unwrap();
    done(db, &job_id, INIT_TASK).await;
    let file = rusqlite::Connection::open(backend.file("jobs.db")).unwrap();
    let damage = "UPDATE tasks SET state = 0 /* pending */, waiting_on = 1 WHERE name = 'stuck'";
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    assert_eq!(get_task(db, &job_id, "stuck").await.unwrap().state, TaskState::Pending);

    let mut app = App::new(db).with(stuck_task_loop);
    let report = app.reports("stuck").await;
    assert_eq!(report, "stuck stuck for cpu: waits for 1, 1 of 1 done");
    assert_eq!(app.reports("fixed").await, "fixed 1");
    app.stop().await;
    let freed = taskdb::request_work(db, "cpu").await.unwrap().expect("it is ready");
    assert_eq!((freed.job_id, freed.task_id.as_str()), (job_id, "stuck"));
}
