//! Cases of `clear_completed_jobs`.

use super::support::*;

cases!(clear_completed_jobs:
    only_done_jobs_go,
    streams_stay,
    outputs_can_be_kept_for_a_while,
    more_than_a_step_of_jobs_go,
);

async fn only_done_jobs_go(w: World) {
    let (stream, done, init) = w.started().await;
    w.finish(&init).await;
    let failed = w.job(stream).await;
    assert!(w.db.update_task_failed(&failed, "init", "broken").await.unwrap());
    let cancelled = w.job(stream).await;
    w.db.cancel_job(&cancelled).await.unwrap();
    let running = w.job(stream).await;
    assert_eq!(w.db.clear_completed_jobs().await.unwrap(), 1);
    expect_err!(w.other.get_job(&done).await, TaskDbErr::NotFound { .. });
    assert_eq!(w.job_state(&failed).await, JobState::Failed);
    assert_eq!(w.job_state(&cancelled).await, JobState::Cancelled);
    assert_eq!(w.job_state(&running).await, JobState::Running);
    assert_eq!(w.db.clear_completed_jobs().await.unwrap(), 0);
}

async fn streams_stay(w: World) {
    let (stream, _) = w.fresh().await;
    w.run(&["init"]).await;
    assert_eq!(w.db.clear_completed_jobs().await.unwrap(), 1);
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), Some(stream));
    w.job(stream).await;
    w.run(&["init"]).await;
}

async fn outputs_can_be_kept_for_a_while(w: World) {
    let (_, job) = w.fresh().await;
    w.run(&["init"]).await;
    assert_eq!(w.db.clear_completed_jobs_with_ttl(10).await.unwrap(), 1);
    let output: Value = w.db.get_task_output(&job, "init").await.unwrap();
    assert_eq!(output, json!({ "of": "init" }));
    w.clock.advance(secs(10));
    expect_err!(w.db.get_task_output::<Value>(&job, "init").await, TaskDbErr::NotFound { .. });
}

async fn more_than_a_step_of_jobs_go(w: World) {
    let stream = w.stream().await;
    for _ in 0..120 {
        w.job(stream).await;
    }
    let tasks = w.db.request_work_batch("cpu", 200, None).await.unwrap();
    assert_eq!(tasks.len(), 120);
    let outputs = tasks.into_iter().map(|task| (task.claim, json!(1)));
    for answer in w.db.complete_batch(outputs).await.unwrap() {
        assert!(answer.unwrap());
    }
    assert_eq!(w.db.clear_completed_jobs().await.unwrap(), 120);
    assert!(w.db.get_task_state_counts().await.unwrap().is_empty());
}
