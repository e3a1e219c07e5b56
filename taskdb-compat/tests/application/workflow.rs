//! Jobs from the request to the proof.

use serde_json::json;
use taskdb::planner::Planner;
use taskdb::test_helpers::get_tasks;
use taskdb::{Handle, TaskState};

use crate::app::App;
use crate::executor;
use crate::maintenance::{requeue_loop, stuck_task_loop};
use crate::status::{Response, create_session, session_status};
use crate::work::{Execution, Proof};

const USER: &str = "user1";

fn execution(user_id: &str, segments: u64, keccaks: u64) -> Execution {
    Execution { user_id: user_id.into(), segments, keccaks, flawed: None }
}

/// The answer for a job that has proved all its leaves, in order.
fn proved(segments: u64, keccaks: u64) -> Response {
    let proof = Proof { segments: (0..segments).collect(), keccaks: (0..keccaks).collect() };
    let leaves = segments + keccaks;
    let trees = [segments, keccaks].iter().filter(|&&leaves| leaves > 0).count() as u64;
    let session = json!({"segments": segments, "tasks": 2 * leaves - trees + 1});
    let detail = json!({"proof": proof, "session": session});
    let body = json!({"status": "SUCCEEDED", "started": true, "detail": detail});
    Response { code: 200, body }
}

pub(crate) async fn a_planned_job_succeeds(db: impl Handle + Clone + 'static) {
    taskdb::init_db(&db).await.unwrap();
    let job_id = create_session(&db, &execution(USER, 7, 3), 300).await.unwrap();
    let waiting = json!({"status": "RUNNING", "started": false, "detail": {"open": 1}});
    let answer = session_status(&db, &job_id, USER).await;
    assert_eq!(answer, Response { code: 200, body: waiting });
    assert_eq!(session_status(&db, &job_id, "user2").await.code, 404);

    let app = App::new(&db).agents();
    assert_eq!(app.outcome(&job_id, USER).await, proved(7, 3));
    app.stop().await;

    assert_eq!(taskdb::get_job_unresolved(&db, &job_id).await.unwrap(), 0);
    assert_eq!(taskdb::get_concurrent_jobs(&db, USER).await.unwrap(), 0);
    let tasks = get_tasks(&db).await.unwrap();
    // `init`, the leaves, one join fewer than segments, one union fewer than keccaks, the end.
    assert_eq!(tasks.len(), 1 + 7 + 3 + 6 + 2 + 1);
    assert!(tasks.iter().all(|task| task.state == TaskState::Done), "{tasks:#?}");
    assert_eq!((tasks[0].progress, tasks[4].task_id.as_str()), (1.0, "segment-3"));
}

pub(crate) async fn jobs_of_several_users_share_the_workers(db: impl Handle + Clone + 'static) {
    let mut jobs = Vec::new();
    for (user_id, segments) in [("user1", 1), ("user2", 2), ("user1", 5), ("user3", 4)] {
        let job_id = create_session(&db, &execution(user_id, segments, 0), 300).await.unwrap();
        jobs.push((job_id, user_id, segments));
    }
    assert_eq!(taskdb::get_concurrent_jobs(&db, "user1").await.unwrap(), 2);
    for _ in 0..3 {
        create_session(&db, &execution("user1", 1, 1), 300).await.unwrap();
    }
    let refused = create_session(&db, &execution("user1", 1, 0), 300).await.unwrap_err();
    assert_eq!(refused.code, 429);

    let app = App::new(&db).agents().with(requeue_loop).with(stuck_task_loop);
    for (job_id, user_id, segments) in jobs {
        assert_eq!(app.outcome(&job_id, user_id).await, proved(segments, 0));
    }
    app.stop().await;
}

/// The second executor makes the same plan and creates the tasks that are missing.
pub(crate) async fn an_executor_that_died_half_way_is_repeated(db: impl Handle + Clone + 'static) {
    let execution = execution(USER, 5, 2);
    let job_id = create_session(&db, &execution, 0).await.unwrap();
    let first = taskdb::request_work(&db, "exec").await.unwrap().expect("init is ready");
    let mut lost = Planner::default();
    executor::plan(&db, &first.job_id, &execution, &mut lost, 3).await.unwrap();
    assert_eq!(taskdb::get_job_unresolved(&db, &job_id).await.unwrap(), 1 + 4);
    assert_eq!(taskdb::requeue_tasks(&db, 100).await.unwrap(), 1);

    let app = App::new(&db).agents();
    assert_eq!(app.outcome(&job_id, USER).await, proved(5, 2));
    app.stop().await;
    let retries: i32 = get_tasks(&db).await.unwrap().iter().map(|task| task.retries).sum();
    assert_eq!(retries, 1);
}
