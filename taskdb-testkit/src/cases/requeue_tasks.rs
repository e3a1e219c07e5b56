//! Cases of `requeue_tasks`.

use super::support::*;

cases!(requeue_tasks:
    an_expired_task_is_retried,
    a_live_claim_is_left_alone,
    the_limit_is_kept,
    beyond_the_cap_it_fails_and_counts,
    in_a_failed_job_it_is_cancelled_and_counts,
    a_timeout_of_nothing_is_due_at_once,
    large_limits_run_in_steps,
    a_clock_that_steps_back_expires_nothing,
    other_expired_tasks_do_not_wait_for_a_failing_one;
    ordered:
    the_earliest_deadline_goes_first,
);

async fn an_expired_task_is_retried(w: World) {
    let (stream, job, init) = w.started().await;
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    w.clock.advance(secs(60));
    assert_eq!(w.other.requeue_tasks(10).await.unwrap(), 1);
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.retries, info.losses), (TaskState::Ready, 1, 1));
    assert_eq!((info.progress, info.attempt), (0.0, 1));
    assert_eq!(w.running(&stream).await, 0);
    lost!(w.db.complete(&init.claim, &json!(1)).await, Requeued);
    let again = w.take("init").await;
    assert_eq!((again.retries, again.claim.attempt), (1, 2));
    lost!(w.db.complete(&init.claim, &json!(1)).await, Reclaimed);
    w.finish(&again).await;
}

async fn a_live_claim_is_left_alone(w: World) {
    let (_, job, init) = w.started().await;
    w.clock.advance(std::time::Duration::from_micros(59_999_999));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
    w.clock.advance(std::time::Duration::from_micros(1));
    // Expired, yet nobody has taken it away: the result still counts.
    w.finish(&init).await;
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn the_limit_is_kept(w: World) {
    let stream = w.stream().await;
    for _ in 0..5 {
        w.job(stream).await;
    }
    w.db.request_work_batch("cpu", 5, None).await.unwrap();
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(0).await.unwrap(), 0);
    let call = w.db.requeue_tasks(-1).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
    assert_eq!(w.running(&stream).await, 5);
    assert_eq!(w.db.requeue_tasks(2).await.unwrap(), 2);
    assert_eq!(w.db.requeue_tasks(i64::MAX).await.unwrap(), 3);
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
}

async fn the_earliest_deadline_goes_first(w: World) {
    let stream = w.stream().await;
    let mut jobs = Vec::new();
    for timeout in [30, 10, 20, 10] {
        jobs.push(w.db.create_job(&stream, &json!(1), 3, timeout, USER).await.unwrap());
    }
    w.db.request_work_batch("cpu", 4, None).await.unwrap();
    w.clock.advance(secs(100));
    for next in [1, 3, 2, 0] {
        assert_eq!(w.state(&jobs[next], "init").await, TaskState::Running);
        assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
        assert_eq!(w.state(&jobs[next], "init").await, TaskState::Ready, "job {next}");
    }
}

async fn beyond_the_cap_it_fails_and_counts(w: World) {
    let stream = w.stream().await;
    let job = w.db.create_job(&stream, &json!(1), 1, 60, USER).await.unwrap();
    for losses in 1..=2 {
        w.take("init").await;
        w.clock.advance(secs(60));
        assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
        assert_eq!(w.info(&job, "init").await.losses, losses);
    }
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.retries), (TaskState::Failed, 1));
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "retry max hit");
}

async fn in_a_failed_job_it_is_cancelled_and_counts(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(5).await.unwrap(), 1);
    let info = w.info(&job, "b").await;
    assert_eq!((info.state, info.losses), (TaskState::Cancelled, 1));
    assert_eq!(w.running(&stream).await, 0);
    lost!(w.db.complete(&b.claim, &json!(1)).await, Cancelled);
    assert_eq!(w.db.requeue_tasks(5).await.unwrap(), 0);
}

async fn a_timeout_of_nothing_is_due_at_once(w: World) {
    let stream = w.stream().await;
    let job = w.db.create_job(&stream, &json!(1), 3, 0, USER).await.unwrap();
    let init = w.take("init").await;
    assert_eq!(init.deadline, w.clock.now());
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
    assert_eq!(w.state(&job, "init").await, TaskState::Ready);
}

async fn large_limits_run_in_steps(w: World) {
    let (stream, job) = w.fresh().await;
    let tasks = (0..250).map(|n| task(&format!("t{n}"), stream));
    w.db.create_tasks(&job, tasks).await.unwrap();
    assert_eq!(w.db.request_work_batch("cpu", 300, None).await.unwrap().len(), 251);
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(240).await.unwrap(), 240);
    assert_eq!(w.running(&stream).await, 11);
    assert_eq!(w.db.requeue_tasks(1_000).await.unwrap(), 11);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [0, 251, 0]);
}

async fn a_clock_that_steps_back_expires_nothing(w: World) {
    let (_, job, init) = w.started().await;
    w.clock.step_back(secs(3_600));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 0);
    w.clock.advance(secs(3_600));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 0);
    w.finish(&init).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn other_expired_tasks_do_not_wait_for_a_failing_one(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s).retries(0), task("b", s), task("c", s)]).await;
    for name in ["a", "b", "c"] {
        w.take(name).await;
    }
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 3);
    w.states(&job, &[("a", TaskState::Failed), ("b", TaskState::Cancelled)]).await;
    w.states(&job, &[("c", TaskState::Cancelled)]).await;
    assert_eq!(w.job_state(&job).await, JobState::Failed);
}
