//! Cases of `get_job` and the calls that read a part of it.

use super::support::*;

cases!(get_job:
    the_state_is_for_the_owner_only,
    an_unknown_job_is_never_a_zero,
    unresolved_counts_what_is_not_done,
    time_runs_from_the_first_claim_to_the_last_change,
    times_never_decrease,
    the_failure_is_the_first_error,
    both_handles_read_the_same,
);

async fn the_state_is_for_the_owner_only(w: World) {
    let (_, job) = w.fresh().await;
    assert_eq!(w.db.get_job_state(&job, USER).await.unwrap(), JobState::Running);
    let call = w.db.get_job_state(&job, "bob").await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Job(j) } if j == job);
    w.run(&["init"]).await;
    assert_eq!(w.db.get_job_state(&job, USER).await.unwrap(), JobState::Done);
}

async fn an_unknown_job_is_never_a_zero(w: World) {
    w.fresh().await;
    let id = Uuid::new_v4();
    expect_err!(w.db.get_job(&id).await, TaskDbErr::NotFound { entity: Entity::Job(j) } if j == id);
    expect_err!(w.db.get_job_state(&id, USER).await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_job_unresolved(&id).await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_job_time(&id).await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_job_failure(&id).await, TaskDbErr::NotFound { .. });
}

async fn unresolved_counts_what_is_not_done(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s).optional(), task("b", s)]).await;
    assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 2);
    let a = w.take("a").await;
    w.fail(&a, "no luck").await;
    assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 2);
    w.run(&["b"]).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.tasks, info.unresolved), (JobState::Done, 3, 1));
}

async fn time_runs_from_the_first_claim_to_the_last_change(w: World) {
    let (_, job) = w.fresh().await;
    let time = async || w.db.get_job_time(&job).await.unwrap();
    w.clock.advance(secs(5));
    assert_eq!(time().await, 0.0);
    let init = w.claim().await;
    assert_eq!(w.db.get_job(&job).await.unwrap().started_at, Some(w.clock.now()));
    w.clock.advance(secs(2));
    assert_eq!(time().await, 0.0);
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    assert_eq!(time().await, 2.0);
    w.clock.advance(secs(3));
    assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
    w.clock.advance(std::time::Duration::from_millis(500));
    w.run(&["init"]).await;
    w.clock.advance(secs(9));
    assert_eq!(time().await, 5.5);
}

async fn times_never_decrease(w: World) {
    let (_, job, init) = w.started().await;
    let before = w.db.get_job(&job).await.unwrap();
    w.clock.step_back(secs(100));
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    w.finish(&init).await;
    let after = w.db.get_job(&job).await.unwrap();
    assert!(after.updated_at >= before.updated_at);
    assert_eq!(after.started_at, before.started_at);
    assert_eq!(w.db.get_job_time(&job).await.unwrap(), 0.0);
    let task = w.info(&job, "init").await;
    assert!(task.updated_at >= before.updated_at);
}

async fn the_failure_is_the_first_error(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let call = w.db.get_job_failure(&job).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Failure(j) } if j == job);
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&b, "first").await;
    w.fail(&a, "second").await;
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "first");
    assert_eq!(w.info(&job, "a").await.error.as_deref(), Some("second"));
    w.db.retry_job(&job).await.unwrap();
    w.run(&["a", "b"]).await;
    expect_err!(w.db.get_job_failure(&job).await, TaskDbErr::NotFound { .. });
}

async fn both_handles_read_the_same(w: World) {
    let (_, job, init) = w.started().await;
    assert_eq!(w.db.get_job(&job).await.unwrap(), w.other.get_job(&job).await.unwrap());
    assert!(w.other.complete(&init.claim, &json!(1)).await.unwrap());
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!(info, w.other.get_job(&job).await.unwrap());
    assert_eq!(info.state, JobState::Done);
}
