//! Cases of `delete_job`.

use super::support::*;

cases!(delete_job:
    nothing_of_it_can_be_read,
    its_claims_are_lost,
    nothing_of_it_can_be_claimed,
    jobs_in_every_state_can_be_deleted,
    an_unknown_job_is_ok,
    nothing_else_is_touched,
    an_output_can_be_kept_for_a_while,
    only_a_done_init_is_kept,
);

async fn nothing_of_it_can_be_read(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s)]).await;
    w.db.delete_job(&job).await.unwrap();
    expect_err!(w.other.get_job(&job).await, TaskDbErr::NotFound { entity: Entity::Job(_) });
    expect_err!(w.db.get_job_state(&job, USER).await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_task(&job, "a").await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.list_tasks(&job, None, None, 9).await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_task_output::<Value>(&job, "init").await, TaskDbErr::NotFound { .. });
    assert!(!w.db.update_task_done(&job, "a", json!(1)).await.unwrap());
    assert!(w.db.get_task_state_counts().await.unwrap().is_empty());
    assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 0);
}

async fn its_claims_are_lost(w: World) {
    let (stream, job, init) = w.started().await;
    w.other.delete_job(&job).await.unwrap();
    let claim = &init.claim;
    lost!(w.db.complete(claim, &json!(1)).await, Deleted);
    lost!(w.db.fail(claim, "late").await, Deleted);
    lost!(w.db.progress(claim, 0.5).await, Deleted);
    lost!(w.db.retry(claim, secs(0)).await, Deleted);
    lost!(w.db.release(claim).await, Deleted);
    lost!(w.db.renew(std::slice::from_ref(claim), None).await.unwrap().remove(0), Deleted);
    assert_eq!(w.running(&stream).await, 0);
    assert_eq!(w.db.release_worker(w.db.worker_id()).await.unwrap(), 0);
    w.clock.advance(secs(100));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
}

async fn nothing_of_it_can_be_claimed(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("late", s).delay(secs(5))]).await;
    w.db.delete_job(&job).await.unwrap();
    w.clock.advance(secs(5));
    w.idle().await;
}

async fn jobs_in_every_state_can_be_deleted(w: World) {
    let (stream, done, init) = w.started().await;
    w.finish(&init).await;
    let failed = w.job(stream).await;
    assert!(w.db.update_task_failed(&failed, "init", "broken").await.unwrap());
    let cancelled = w.job(stream).await;
    w.db.cancel_job(&cancelled).await.unwrap();
    let waiting = w.job(stream).await;
    for job in [done, failed, cancelled, waiting] {
        w.db.delete_job(&job).await.unwrap();
        expect_err!(w.db.get_job(&job).await, TaskDbErr::NotFound { .. });
    }
    // What goes in steps is gone after a few calls that carry it on.
    for _ in 0..20 {
        w.db.requeue_tasks(1).await.unwrap();
    }
    let records = w.db.export(None, 10).await.unwrap().records;
    assert_eq!(records.len(), 1, "only the stream is left: {records:?}");
}

async fn an_unknown_job_is_ok(w: World) {
    let (_, job) = w.fresh().await;
    w.db.delete_job(&Uuid::new_v4()).await.unwrap();
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.db.delete_job(&job).await.unwrap();
    w.other.delete_job(&job).await.unwrap();
}

async fn nothing_else_is_touched(w: World) {
    let (stream, first) = w.fresh().await;
    let second = w.job(stream).await;
    let before = w.db.get_job(&second).await.unwrap();
    w.db.delete_job(&first).await.unwrap();
    assert_eq!(w.db.get_job(&second).await.unwrap(), before);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [0, 1, 0]);
    assert_eq!(w.claim().await.job_id, second);
}

async fn an_output_can_be_kept_for_a_while(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s)]).await;
    w.run(&["a"]).await;
    w.db.delete_job_with_ttl(&job, 60).await.unwrap();
    assert_eq!(w.other.get_task_output::<String>(&job, "init").await.unwrap(), "planned");
    expect_err!(w.db.get_task_output::<Value>(&job, "a").await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_job(&job).await, TaskDbErr::NotFound { .. });
    expect_err!(w.db.get_task(&job, "init").await, TaskDbErr::NotFound { .. });
    w.clock.advance(secs(59));
    w.db.get_task_output::<Value>(&job, "init").await.unwrap();
    w.db.delete_job(&job).await.unwrap();
    w.db.get_task_output::<Value>(&job, "init").await.unwrap();
    w.clock.advance(secs(1));
    expect_err!(w.db.get_task_output::<Value>(&job, "init").await, TaskDbErr::NotFound { .. });
}

async fn only_a_done_init_is_kept(w: World) {
    let (_, job) = w.fresh().await;
    w.db.delete_job_with_ttl(&job, 60).await.unwrap();
    expect_err!(w.db.get_task_output::<Value>(&job, "init").await, TaskDbErr::NotFound { .. });
}
