//! Cases of `update_task_retry`.

use super::support::*;

cases!(update_task_retry:
    the_task_is_ready_at_its_old_place,
    beyond_the_cap_it_fails,
    a_task_without_retries_fails_at_once,
    beyond_the_cap_an_optional_task_is_tolerated,
    a_delay_holds_it_back,
    other_states_are_false,
    in_a_failed_job_it_is_cancelled,
    the_closing_call_is_answered_again,
);

async fn the_task_is_ready_at_its_old_place(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let a = w.take("a").await;
    assert!(w.db.progress(&a.claim, 0.5).await.unwrap());
    assert!(w.other.update_task_retry(&job, "a").await.unwrap());
    let info = w.info(&job, "a").await;
    assert_eq!((info.state, info.retries, info.progress), (TaskState::Ready, 1, 0.0));
    assert_eq!((info.losses, info.deadline, info.error), (0, None, None));
    let again = w.take("a").await;
    assert_eq!((again.claim.attempt, again.retries), (2, 1));
    lost!(w.db.complete(&a.claim, &json!(1)).await, Reclaimed);
}

async fn beyond_the_cap_it_fails(w: World) {
    let (stream, job) = w.fresh().await;
    for retries in 1..=3 {
        let init = w.take("init").await;
        assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
        assert_eq!(w.info(&job, "init").await.retries, retries);
    }
    let init = w.take("init").await;
    assert!(!w.db.retry(&init.claim, secs(0)).await.unwrap());
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.error.as_deref()), (TaskState::Failed, Some("retry max hit")));
    assert_eq!((info.retries, info.attempt), (3, 4));
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "retry max hit");
    assert_eq!(w.running(&stream).await, 0);
    assert!(!w.db.retry(&init.claim, secs(0)).await.unwrap(), "the same call again");
}

async fn a_task_without_retries_fails_at_once(w: World) {
    let stream = w.stream().await;
    let job = w.db.create_job(&stream, &json!(1), 0, 60, USER).await.unwrap();
    w.take("init").await;
    assert!(!w.db.update_task_retry(&job, "init").await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Failed);
}

async fn beyond_the_cap_an_optional_task_is_tolerated(w: World) {
    let tasks = |s| vec![task("a", s).optional().retries(0), task("b", s)];
    let (_, job) = w.graph(tasks).await;
    let a = w.take("a").await;
    assert!(!w.db.retry(&a.claim, secs(0)).await.unwrap());
    assert_eq!(w.state(&job, "a").await, TaskState::Failed);
    w.run(&["b"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_delay_holds_it_back(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.retry(&init.claim, secs(10)).await.unwrap());
    let info = w.info(&job, "init").await;
    let due = w.clock.now().after(secs(10));
    assert_eq!((info.state, info.retries, info.start_at), (TaskState::Pending, 1, Some(due)));
    w.idle().await;
    w.clock.advance(secs(10));
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn other_states_are_false(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    for name in ["init", "a", "b", "x"] {
        assert!(!w.db.update_task_retry(&job, name).await.unwrap(), "{name}");
    }
    w.states(&job, &[("a", TaskState::Ready), ("b", TaskState::Pending)]).await;
    assert_eq!(w.info(&job, "a").await.retries, 0);
    assert!(!w.db.update_task_retry(&Uuid::new_v4(), "init").await.unwrap());
}

async fn in_a_failed_job_it_is_cancelled(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    assert!(!w.db.retry(&b.claim, secs(0)).await.unwrap());
    assert_eq!((w.state(&job, "b").await, w.running(&stream).await), (TaskState::Cancelled, 0));
    w.idle().await;
    lost!(w.db.complete(&b.claim, &json!(1)).await, Cancelled);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "broken");
}

async fn the_closing_call_is_answered_again(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
    assert!(w.other.retry(&init.claim, secs(0)).await.unwrap());
    assert_eq!(w.info(&job, "init").await.retries, 1);
    lost!(w.db.release(&init.claim).await, Requeued);
    lost!(w.db.complete(&init.claim, &json!(1)).await, Requeued);
    w.take("init").await;
    lost!(w.db.retry(&init.claim, secs(0)).await, Reclaimed);
    assert_eq!(w.info(&job, "init").await.retries, 1);
}
