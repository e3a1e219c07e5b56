//! Cases of `cancel_task`.

use super::support::*;

cases!(cancel_task:
    a_required_task_fails_its_job,
    a_running_task_loses_its_claim,
    an_optional_task_is_tolerated,
    an_optional_task_takes_its_all_done_dependants_along,
    a_finished_task_stays_as_it_is,
    what_a_stopped_job_cancelled_stays_so,
    a_running_task_of_a_failed_job_is_cancelled,
    unknown_things_are_not_found,
);

async fn a_required_task_fails_its_job(w: World) {
    for name in ["ready", "pending"] {
        let tasks = |s| vec![task("ready", s), task("pending", s).after(["ready"])];
        let (_, job) = w.graph(tasks).await;
        w.other.cancel_task(&job, name).await.unwrap();
        let info = w.info(&job, name).await;
        let cancelled = (TaskState::Cancelled, Some("cancelled"));
        assert_eq!((info.state, info.error.as_deref()), cancelled);
        assert_eq!(w.job_state(&job).await, JobState::Failed);
        assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "cancelled");
        w.idle().await;
    }
}

async fn a_running_task_loses_its_claim(w: World) {
    let (stream, job, init) = w.started().await;
    w.db.cancel_task(&job, "init").await.unwrap();
    assert_eq!(w.state(&job, "init").await, TaskState::Cancelled);
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    lost!(w.db.complete(&init.claim, &json!(1)).await, Cancelled);
    lost!(w.db.progress(&init.claim, 0.5).await, Cancelled);
    assert_eq!(w.running(&stream).await, 0);
}

async fn an_optional_task_is_tolerated(w: World) {
    let tasks = |s| {
        let after = task("after", s).after(["try"]).run_if(RunIf::AllSettled);
        vec![task("try", s).optional(), after]
    };
    let (_, job) = w.graph(tasks).await;
    w.db.cancel_task(&job, "try").await.unwrap();
    w.states(&job, &[("try", TaskState::Cancelled), ("after", TaskState::Ready)]).await;
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.run(&["after"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    expect_err!(w.db.get_job_failure(&job).await, TaskDbErr::NotFound { .. });
}

async fn an_optional_task_takes_its_all_done_dependants_along(w: World) {
    let tasks = |s| {
        vec![
            task("try", s).optional(),
            task("b", s).after(["try"]),
            task("c", s).after(["b"]),
            task("end", s).after(["c"]).run_if(RunIf::AllSettled),
        ]
    };
    let (_, job) = w.graph(tasks).await;
    w.db.cancel_task(&job, "try").await.unwrap();
    let cancelled = TaskState::Cancelled;
    w.states(&job, &[("try", cancelled), ("b", cancelled), ("c", cancelled)]).await;
    w.run(&["end"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_finished_task_stays_as_it_is(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s).optional(), task("b", s)]).await;
    let a = w.take("a").await;
    w.fail(&a, "no luck").await;
    for name in ["init", "a"] {
        let before = w.info(&job, name).await;
        w.clock.advance(secs(1));
        w.db.cancel_task(&job, name).await.unwrap();
        assert_eq!(w.info(&job, name).await, before);
    }
    assert_eq!(w.job_state(&job).await, JobState::Running);
}

async fn what_a_stopped_job_cancelled_stays_so(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    w.db.cancel_job(&job).await.unwrap();
    let before = w.info(&job, "a").await;
    w.db.cancel_task(&job, "a").await.unwrap();
    assert_eq!(w.info(&job, "a").await, before);
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(w.state(&job, "a").await, TaskState::Ready);
}

async fn a_running_task_of_a_failed_job_is_cancelled(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    w.db.cancel_task(&job, "b").await.unwrap();
    assert_eq!(w.state(&job, "b").await, TaskState::Cancelled);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "broken");
    lost!(w.db.complete(&b.claim, &json!(1)).await, Cancelled);
    assert_eq!(w.running(&stream).await, 0);
}

async fn unknown_things_are_not_found(w: World) {
    let (_, job) = w.fresh().await;
    let call = w.db.cancel_task(&job, "x").await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Task { task_id, .. } } if task_id == "x");
    expect_err!(w.db.cancel_task(&Uuid::new_v4(), "init").await, TaskDbErr::NotFound { .. });
    assert_eq!(w.job_state(&job).await, JobState::Running);
}
