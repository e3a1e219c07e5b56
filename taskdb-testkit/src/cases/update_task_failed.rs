//! Cases of `update_task_failed`.

use super::support::*;

cases!(update_task_failed:
    it_applies_to_pending_ready_and_running,
    other_states_are_false,
    unknown_things_are_false,
    the_rest_of_the_job_is_cancelled,
    running_siblings_keep_their_claims,
    the_first_error_stays,
    an_optional_failure_is_tolerated,
    a_long_error_is_cut_on_a_character_boundary,
    the_closing_call_is_answered_again,
    a_batch_gives_each_its_answer,
);

async fn it_applies_to_pending_ready_and_running(w: World) {
    for name in ["run", "ready", "pending"] {
        let tasks = |s| vec![task("run", s), task("ready", s), task("pending", s).after(["ready"])];
        let (stream, job) = w.graph(tasks).await;
        w.take("run").await;
        assert!(w.db.update_task_failed(&job, name, "broken").await.unwrap());
        let info = w.info(&job, name).await;
        assert_eq!((info.state, info.error.as_deref()), (TaskState::Failed, Some("broken")));
        assert_eq!(w.job_state(&job).await, JobState::Failed);
        assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "broken");
        assert_eq!(w.running(&stream).await, u64::from(name != "run"));
        w.db.delete_job(&job).await.unwrap();
    }
}

async fn other_states_are_false(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    assert!(w.db.update_task_failed(&job, "a", "broken").await.unwrap());
    for name in ["init", "a", "b"] {
        let before = w.info(&job, name).await;
        assert!(!w.db.update_task_failed(&job, name, "again").await.unwrap(), "{name}");
        assert_eq!(w.info(&job, name).await, before);
    }
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "broken");
}

async fn unknown_things_are_false(w: World) {
    let (_, job) = w.fresh().await;
    assert!(!w.db.update_task_failed(&job, "x", "broken").await.unwrap());
    assert!(!w.db.update_task_failed(&Uuid::new_v4(), "init", "broken").await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Running);
}

async fn the_rest_of_the_job_is_cancelled(w: World) {
    let tasks = |s| {
        vec![task("a", s), task("b", s), task("c", s).after(["b"]), task("d", s).delay(secs(5))]
    };
    let (stream, job) = w.graph(tasks).await;
    let a = w.take("a").await;
    w.fail(&a, "broken").await;
    let cancelled = TaskState::Cancelled;
    w.states(&job, &[("init", TaskState::Done), ("b", cancelled), ("c", cancelled)]).await;
    w.clock.advance(secs(5));
    w.idle().await;
    assert_eq!(w.state(&job, "d").await, cancelled);
    assert!(!w.db.stream_info(&stream).await.unwrap().has_unfinished());
    let call = w.db.create_task_with(&job, task("e", stream)).await;
    expect_err!(call, TaskDbErr::JobFinished { state: JobState::Failed, .. });
}

async fn running_siblings_keep_their_claims(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    assert_eq!((w.state(&job, "b").await, w.running(&stream).await), (TaskState::Running, 1));
    assert!(w.db.progress(&b.claim, 0.5).await.unwrap());
    w.finish(&b).await;
    assert_eq!(w.state(&job, "b").await, TaskState::Done);
    assert_eq!(w.job_state(&job).await, JobState::Failed);
}

async fn the_first_error_stays(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "first").await;
    w.fail(&b, "second").await;
    assert_eq!(w.db.get_job(&job).await.unwrap().error.as_deref(), Some("first"));
    let b = w.info(&job, "b").await;
    assert_eq!((b.state, b.error.as_deref()), (TaskState::Failed, Some("second")));
}

async fn an_optional_failure_is_tolerated(w: World) {
    let tasks = |s| {
        let settled = task("settled", s).after(["try", "more"]).run_if(RunIf::AllSettled);
        vec![task("try", s).optional(), task("more", s).after(["try"]), settled]
    };
    let (_, job) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    let more = w.info(&job, "more").await;
    assert_eq!((more.state, more.error.as_deref()), (TaskState::Cancelled, Some("cancelled")));
    w.states(&job, &[("try", TaskState::Failed), ("settled", TaskState::Ready)]).await;
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.run(&["settled"]).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.error, info.unresolved), (JobState::Done, None, 2));
}

async fn a_long_error_is_cut_on_a_character_boundary(w: World) {
    let (_, job, init) = w.started().await;
    let long = format!("a{}", "é".repeat(4_096));
    assert!(w.db.fail(&init.claim, &long).await.unwrap());
    let kept = w.db.get_job_failure(&job).await.unwrap();
    assert_eq!(kept, long[..8_191]);
    assert_eq!(w.info(&job, "init").await.error, Some(kept));
    assert!(w.db.fail(&init.claim, &long).await.unwrap(), "the same call again");
}

async fn the_closing_call_is_answered_again(w: World) {
    let (_, job, init) = w.started().await;
    w.fail(&init, "broken").await;
    let before = w.info(&job, "init").await;
    w.clock.advance(secs(1));
    assert!(w.other.fail(&init.claim, "broken").await.unwrap());
    assert_eq!(w.info(&job, "init").await, before);
    lost!(w.db.fail(&init.claim, "otherwise").await, Finished);
    lost!(w.db.complete(&init.claim, &json!(1)).await, Finished);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "broken");
}

async fn a_batch_gives_each_its_answer(w: World) {
    let (stream, first, a) = w.started().await;
    let second = w.job(stream).await;
    let b = w.take("init").await;
    assert!(w.db.release(&b.claim).await.unwrap());
    let entries = [
        (a.claim.clone(), "one".to_owned()),
        (b.claim, "two".to_owned()),
        (a.claim.clone(), "one".to_owned()),
        (a.claim, "three".to_owned()),
    ];
    let answers = w.db.fail_batch(entries).await.unwrap();
    let [a1, b1, a2, a3] = answers.try_into().unwrap();
    assert!(a1.unwrap() && a2.unwrap());
    lost!(b1, Requeued);
    lost!(a3, Finished);
    assert_eq!(w.db.get_job_failure(&first).await.unwrap(), "one");
    assert_eq!(w.job_state(&second).await, JobState::Running);
}
