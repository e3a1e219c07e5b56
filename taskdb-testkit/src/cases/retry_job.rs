//! Cases of `retry_job`: replay of a whole job.

use super::support::*;

cases!(retry_job:
    failed_and_cancelled_tasks_come_back_clean,
    a_running_or_done_job_is_in_the_wrong_state,
    an_unknown_job_is_not_found,
    the_graph_runs_to_its_end,
    a_late_result_counts_after_the_replay,
    a_running_sibling_keeps_its_claim,
    an_old_claim_stays_lost,
    delayed_tasks_stay_delayed,
    a_tolerated_failure_that_was_built_upon_stays,
    a_tolerated_failure_comes_back_with_its_dependants,
    a_deleted_stream_prevents_it;
    ordered:
    a_cancelled_job_takes_its_old_place,
);

async fn failed_and_cancelled_tasks_come_back_clean(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let a = w.take("a").await;
    assert!(w.db.retry(&a.claim, secs(0)).await.unwrap());
    w.take("a").await;
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
    let a = w.take("a").await;
    assert!(w.db.progress(&a.claim, 0.5).await.unwrap());
    w.fail(&a, "broken").await;
    let before = w.info(&job, "a").await;
    assert_eq!((before.retries, before.losses, before.attempt), (2, 1, 3));
    w.other.retry_job(&job).await.unwrap();
    let a = w.info(&job, "a").await;
    assert_eq!((a.state, a.retries, a.losses, a.progress), (TaskState::Ready, 0, 0, 0.0));
    assert_eq!((a.error, a.attempt), (None, 3));
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.error), (JobState::Running, None));
    w.states(&job, &[("init", TaskState::Done), ("b", TaskState::Ready)]).await;
    assert_eq!(w.take("a").await.claim.attempt, 4);
}

async fn a_cancelled_job_takes_its_old_place(w: World) {
    let (stream, first, init) = w.started().await;
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    let second = w.job(stream).await;
    w.db.cancel_job(&first).await.unwrap();
    w.db.retry_job(&first).await.unwrap();
    let info = w.info(&first, "init").await;
    assert_eq!((info.state, info.progress, info.error), (TaskState::Ready, 0.0, None));
    lost!(w.db.complete(&init.claim, &json!(1)).await, Requeued);
    assert_eq!(w.claim().await.job_id, first);
    assert_eq!(w.claim().await.job_id, second);
    lost!(w.db.complete(&init.claim, &json!(1)).await, Reclaimed);
}

async fn a_running_or_done_job_is_in_the_wrong_state(w: World) {
    let (_, job) = w.fresh().await;
    let call = w.db.retry_job(&job).await;
    expect_err!(call, TaskDbErr::InvalidState { entity: Entity::Job(j), .. } if j == job);
    w.run(&["init"]).await;
    expect_err!(w.db.retry_job(&job).await, TaskDbErr::InvalidState { entity: Entity::Job(_), .. });
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn an_unknown_job_is_not_found(w: World) {
    let id = Uuid::new_v4();
    expect_err!(w.db.retry_job(&id).await, TaskDbErr::NotFound { entity: Entity::Job(j) } if j == id);
}

async fn the_graph_runs_to_its_end(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s).after(["a"]), task("c", s).after(["a", "b"])];
    let (_, job) = w.graph(tasks).await;
    w.run(&["a"]).await;
    let b = w.take("b").await;
    w.fail(&b, "broken").await;
    w.states(&job, &[("b", TaskState::Failed), ("c", TaskState::Cancelled)]).await;
    w.db.retry_job(&job).await.unwrap();
    w.states(&job, &[("b", TaskState::Ready), ("c", TaskState::Pending)]).await;
    w.run(&["b", "c"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 0);
}

async fn a_late_result_counts_after_the_replay(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s).after(["b"])];
    let (_, job) = w.graph(tasks).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    w.finish(&b).await;
    assert_eq!(w.state(&job, "c").await, TaskState::Cancelled);
    w.db.retry_job(&job).await.unwrap();
    w.states(&job, &[("a", TaskState::Ready), ("c", TaskState::Ready)]).await;
    w.run(&["a", "c"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_running_sibling_keeps_its_claim(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s).after(["b"])];
    let (_, job) = w.graph(tasks).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(w.state(&job, "b").await, TaskState::Running);
    w.finish(&b).await;
    assert_eq!(w.state(&job, "c").await, TaskState::Ready);
}

async fn an_old_claim_stays_lost(w: World) {
    let (_, job, init) = w.started().await;
    w.fail(&init, "broken").await;
    assert!(w.db.fail(&init.claim, "broken").await.unwrap());
    w.db.retry_job(&job).await.unwrap();
    lost!(w.db.fail(&init.claim, "broken").await, Requeued);
    assert_eq!(w.state(&job, "init").await, TaskState::Ready);
}

async fn delayed_tasks_stay_delayed(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("late", s).delay(secs(10))]).await;
    w.db.cancel_job(&job).await.unwrap();
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(w.state(&job, "late").await, TaskState::Pending);
    w.run(&["a"]).await;
    w.idle().await;
    w.clock.advance(secs(10));
    w.run(&["late"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_tolerated_failure_that_was_built_upon_stays(w: World) {
    let tasks = |s| {
        let report = task("report", s).after(["try"]).run_if(RunIf::AllSettled);
        vec![task("try", s).optional(), report, task("end", s).after(["report"])]
    };
    let (_, job) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    w.run(&["report"]).await;
    let end = w.take("end").await;
    w.fail(&end, "broken").await;
    w.db.retry_job(&job).await.unwrap();
    let tried = w.info(&job, "try").await;
    assert_eq!((tried.state, tried.error.as_deref()), (TaskState::Failed, Some("no luck")));
    w.states(&job, &[("report", TaskState::Done), ("end", TaskState::Ready)]).await;
    w.run(&["end"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_tolerated_failure_comes_back_with_its_dependants(w: World) {
    let tasks = |s| {
        let settled = task("settled", s).after(["try", "hard"]).run_if(RunIf::AllSettled);
        vec![task("try", s).optional(), task("hard", s), task("more", s).after(["try"]), settled]
    };
    let (_, job) = w.graph(tasks).await;
    let (tried, hard) = (w.take("try").await, w.take("hard").await);
    w.fail(&tried, "no luck").await;
    w.states(&job, &[("more", TaskState::Cancelled), ("settled", TaskState::Pending)]).await;
    w.fail(&hard, "broken").await;
    w.db.retry_job(&job).await.unwrap();
    w.states(&job, &[("try", TaskState::Ready), ("hard", TaskState::Ready)]).await;
    w.states(&job, &[("more", TaskState::Pending), ("settled", TaskState::Pending)]).await;
    assert_eq!(w.info(&job, "settled").await.waiting_on, 2);
    w.run(&["try", "hard", "more", "settled"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_deleted_stream_prevents_it(w: World) {
    let (stream, job) = w.fresh().await;
    w.db.cancel_job(&job).await.unwrap();
    w.db.delete_stream(&stream).await.unwrap();
    let call = w.db.retry_job(&job).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(s) } if s == stream);
    assert_eq!(w.job_state(&job).await, JobState::Cancelled);
}
