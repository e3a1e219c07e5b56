//! Cases of `retry_task`: replay of one task.

use super::support::*;

cases!(retry_task:
    one_failed_task_comes_back_and_the_job_runs,
    the_job_fails_again_over_what_remains,
    what_the_stop_cancelled_comes_back_too,
    a_child_of_what_remains_failed_waits,
    a_running_or_done_job_is_in_the_wrong_state,
    a_done_or_running_task_is_in_the_wrong_state,
    a_prerequisite_that_failed_prevents_it,
    a_failure_that_was_built_upon_stays,
    unknown_things_are_not_found,
);

async fn one_failed_task_comes_back_and_the_job_runs(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    let a = w.take("a").await;
    assert!(w.db.retry(&a.claim, secs(0)).await.unwrap());
    let a = w.take("a").await;
    assert!(w.db.progress(&a.claim, 0.5).await.unwrap());
    w.fail(&a, "broken").await;
    w.other.retry_task(&job, "a").await.unwrap();
    let a = w.info(&job, "a").await;
    assert_eq!((a.state, a.retries, a.progress, a.error), (TaskState::Ready, 0, 0.0, None));
    assert_eq!(a.attempt, 2);
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.error), (JobState::Running, None));
    assert_eq!(w.state(&job, "b").await, TaskState::Pending);
    w.run(&["a", "b"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn the_job_fails_again_over_what_remains(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s), task("c", s).after(["b"])]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "of a").await;
    w.fail(&b, "of b").await;
    w.db.retry_task(&job, "a").await.unwrap();
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.states(&job, &[("b", TaskState::Failed), ("c", TaskState::Pending)]).await;
    w.run(&["a"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "of b");
    w.db.retry_task(&job, "b").await.unwrap();
    w.run(&["b", "c"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn what_the_stop_cancelled_comes_back_too(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    w.db.cancel_job(&job).await.unwrap();
    w.db.retry_task(&job, "b").await.unwrap();
    w.run(&["a", "b"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_running_or_done_job_is_in_the_wrong_state(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s).optional(), task("b", s)]).await;
    let a = w.take("a").await;
    w.fail(&a, "no luck").await;
    expect_err!(w.db.retry_task(&job, "a").await, TaskDbErr::InvalidState { .. });
    w.run(&["b"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    expect_err!(w.db.retry_task(&job, "a").await, TaskDbErr::InvalidState { .. });
    assert_eq!(w.state(&job, "a").await, TaskState::Failed);
}

async fn a_done_or_running_task_is_in_the_wrong_state(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    for name in ["init", "b"] {
        expect_err!(w.db.retry_task(&job, name).await, TaskDbErr::InvalidState { .. });
    }
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    w.finish(&b).await;
}

async fn a_prerequisite_that_failed_prevents_it(w: World) {
    let tasks = |s| {
        let more = task("more", s).after(["try"]);
        vec![task("try", s).optional(), more, task("hard", s)]
    };
    let (_, job) = w.graph(tasks).await;
    let (tried, hard) = (w.take("try").await, w.take("hard").await);
    w.fail(&tried, "no luck").await;
    w.fail(&hard, "broken").await;
    expect_err!(w.db.retry_task(&job, "more").await, TaskDbErr::InvalidState { .. });
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    assert_eq!(w.state(&job, "more").await, TaskState::Cancelled);
}

async fn unknown_things_are_not_found(w: World) {
    let (_, job) = w.fresh().await;
    w.db.cancel_job(&job).await.unwrap();
    let call = w.db.retry_task(&job, "x").await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Task { task_id, .. } } if task_id == "x");
    expect_err!(w.db.retry_task(&Uuid::new_v4(), "init").await, TaskDbErr::NotFound { .. });
    assert_eq!(w.job_state(&job).await, JobState::Cancelled);
}

async fn a_child_of_what_remains_failed_waits(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "of a").await;
    w.fail(&b, "of b").await;
    w.db.retry_task(&job, "a").await.unwrap();
    w.add(&job, task("child", stream).after(["b"])).await;
    let child = w.info(&job, "child").await;
    assert_eq!((child.state, child.waiting_on), (TaskState::Pending, 1));
    w.run(&["a"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    w.db.retry_job(&job).await.unwrap();
    w.run(&["b", "child"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_failure_that_was_built_upon_stays(w: World) {
    let tasks = |s| {
        let report = task("report", s).after(["try"]).run_if(RunIf::AllSettled);
        vec![task("try", s).optional(), report, task("hard", s)]
    };
    let (_, job) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    w.run(&["report"]).await;
    let hard = w.take("hard").await;
    w.fail(&hard, "broken").await;
    expect_err!(w.db.retry_task(&job, "try").await, TaskDbErr::InvalidState { .. });
    w.states(&job, &[("try", TaskState::Failed), ("report", TaskState::Done)]).await;
    assert_eq!(w.job_state(&job).await, JobState::Failed);
}
