//! Cases of `create_tasks` for one task; those for batches are in `create_batches`.

use super::support::*;

cases!(create_tasks:
    a_task_is_ready_once_everything_has_settled,
    prerequisites_keep_their_order_and_lose_repeats,
    prerequisites_must_be_an_array_of_other_names,
    the_first_unknown_prerequisite_is_named,
    the_same_task_again_changes_nothing,
    any_difference_is_already_exists,
    the_order_of_checks,
    a_done_job_runs_again,
    a_stopped_job_takes_nothing_new,
    a_start_time_holds_a_task_back,
    a_start_time_counts_with_prerequisites,
    an_all_done_task_on_a_tolerated_failure_is_cancelled,
    an_all_settled_task_on_a_tolerated_failure_is_ready,
    a_task_goes_to_its_own_stream;
    ordered:
    the_class_is_that_of_the_job,
);

async fn a_task_is_ready_once_everything_has_settled(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("free", stream)).await;
    w.add(&job, task("held", stream).after(["init", "free"])).await;
    w.states(&job, &[("free", TaskState::Ready), ("held", TaskState::Pending)]).await;
    assert_eq!(w.info(&job, "held").await.waiting_on, 2);
    w.finish(&init).await;
    assert_eq!(w.info(&job, "held").await.waiting_on, 1);
    w.add(&job, task("settled", stream).after(["init"])).await;
    assert_eq!(w.state(&job, "settled").await, TaskState::Ready);
    w.run(&["free"]).await;
    let held = w.info(&job, "held").await;
    assert_eq!((held.state, held.waiting_on), (TaskState::Ready, 0));
}

async fn prerequisites_keep_their_order_and_lose_repeats(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let prereqs = json!(["b", "init", "b", "a", "init"]);
    w.db.create_task(&job, "c", &stream, &json!(1), &prereqs, 0, 60).await.unwrap();
    let c = w.info(&job, "c").await;
    assert_eq!((c.prerequisites, c.waiting_on), (["b", "init", "a"].map(String::from).to_vec(), 2));
    w.run(&["a", "b"]).await;
    assert_eq!(w.take("c").await.prereqs, json!(["b", "init", "a"]));
}

async fn prerequisites_must_be_an_array_of_other_names(w: World) {
    let (stream, job) = w.fresh().await;
    let bad =
        [json!(null), json!("init"), json!({}), json!([1]), json!(["init", null]), json!(["a"])];
    for prereqs in bad {
        let call = w.db.create_task(&job, "a", &stream, &json!(1), &prereqs, 0, 60).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "prereqs", .. });
    }
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
    w.db.create_task(&job, "a", &stream, &json!(1), &json!([]), 0, 60).await.unwrap();
}

async fn the_first_unknown_prerequisite_is_named(w: World) {
    let (stream, job) = w.fresh().await;
    let call = w.db.create_task_with(&job, task("a", stream).after(["init", "x", "y"])).await;
    expect_err!(call, TaskDbErr::NotFound {
        entity: Entity::Prerequisite { job_id, task_id, prerequisite },
    } if job_id == job && task_id == "a" && prerequisite == "x");
    expect_err!(w.db.get_task(&job, "a").await, TaskDbErr::NotFound { .. });
    w.run(&["init"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn the_same_task_again_changes_nothing(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let one = || task("c", stream).after(["a", "b"]);
    w.add(&job, one()).await;
    let before = w.info(&job, "c").await;
    w.clock.advance(secs(1));
    w.other.create_task_with(&job, one()).await.unwrap();
    w.other.create_task_with(&job, task("c", stream).after(["b", "a", "b"])).await.unwrap();
    assert_eq!(w.info(&job, "c").await, before);
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 4);
    w.run(&["a", "b", "c"]).await;
    w.add(&job, one()).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    w.add(&job, task("d", stream)).await;
    w.db.cancel_job(&job).await.unwrap();
    w.add(&job, one()).await;
    assert_eq!(w.state(&job, "c").await, TaskState::Done);
}

async fn any_difference_is_already_exists(w: World) {
    let (stream, job) = w.fresh().await;
    let elsewhere = w.stream().await;
    let one = |s| task("a", s).after(["init"]);
    w.add(&job, one(stream)).await;
    let different = [
        one(elsewhere),
        task("a", stream),
        one(stream).retries(2),
        one(stream).timeout_secs(59),
        one(stream).optional(),
        one(stream).run_if(RunIf::AllSettled),
        NewTask::new("a", stream, json!(2)).after(["init"]).retries(3).timeout_secs(60),
    ];
    for other in different.clone() {
        let call = w.db.create_task_with(&job, other).await;
        expect_err!(call, TaskDbErr::AlreadyExists {
            entity: Entity::Task { job_id, task_id }, ..
        } if job_id == job && task_id == "a");
    }
    w.db.cancel_job(&job).await.unwrap();
    for other in different {
        let call = w.db.create_task_with(&job, other).await;
        expect_err!(call, TaskDbErr::AlreadyExists { .. });
    }
}

async fn the_order_of_checks(w: World) {
    let (stream, job) = w.fresh().await;
    let (no_job, no_stream) = (Uuid::new_v4(), Uuid::new_v4());
    let bad = task("init", no_stream).after(["x"]);
    let call = w.db.create_task_with(&no_job, bad.clone().retries(-1)).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "max_retries", .. });
    let call = w.db.create_task_with(&no_job, bad.clone()).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Job(j) } if j == no_job);
    let call = w.db.create_task_with(&job, bad).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(s) } if s == no_stream);
    w.db.cancel_job(&job).await.unwrap();
    let call = w.db.create_task_with(&job, task("init", stream).after(["x"])).await;
    expect_err!(call, TaskDbErr::AlreadyExists { .. });
    let call = w.db.create_task_with(&job, task("a", stream).after(["x"])).await;
    expect_err!(call, TaskDbErr::JobFinished { .. });
    w.db.retry_job(&job).await.unwrap();
    let call = w.db.create_task_with(&job, task("a", stream).after(["x"])).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Prerequisite { .. } });
}

async fn a_done_job_runs_again(w: World) {
    let (stream, job) = w.fresh().await;
    w.run(&["init"]).await;
    w.add(&job, task("more", stream).after(["init"])).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.tasks, info.unresolved), (JobState::Running, 2, 1));
    w.run(&["more"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_stopped_job_takes_nothing_new(w: World) {
    let (stream, job) = w.fresh().await;
    assert!(w.db.update_task_failed(&job, "init", "broken").await.unwrap());
    let call = w.db.create_task_with(&job, task("a", stream)).await;
    expect_err!(call, TaskDbErr::JobFinished { job_id, state: JobState::Failed } if job_id == job);
    w.db.retry_job(&job).await.unwrap();
    w.add(&job, task("a", stream)).await;
}

async fn the_class_is_that_of_the_job(w: World) {
    let stream = w.stream().await;
    let low = w.job_of(stream, Priority::Low).await;
    w.add(&low, task("a", stream)).await;
    let high = w.job_of(stream, Priority::High).await;
    w.add(&high, task("a", stream)).await;
    let work = w.db.request_work_batch("cpu", 9, None).await.unwrap();
    let order: Vec<_> = work.iter().map(|t| (t.job_id, t.priority)).collect();
    let (h, l) = ((high, Priority::High), (low, Priority::Low));
    assert_eq!(order, [h, h, l, l]);
}

async fn a_start_time_holds_a_task_back(w: World) {
    let (stream, job, init) = w.started().await;
    let due = w.clock.now().after(secs(7));
    w.add(&job, task("late", stream).delay(secs(7))).await;
    w.finish(&init).await;
    let late = w.info(&job, "late").await;
    assert_eq!((late.state, late.start_at, late.waiting_on), (TaskState::Pending, Some(due), 0));
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.clock.advance(secs(6));
    w.idle().await;
    w.clock.advance(secs(1));
    w.run(&["late"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_start_time_counts_with_prerequisites(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("long", stream).after(["init"]).delay(secs(10))).await;
    w.add(&job, task("short", stream).after(["init"]).delay(secs(2))).await;
    w.clock.advance(secs(5));
    w.idle().await;
    w.finish(&init).await;
    w.run(&["short"]).await;
    assert_eq!(w.state(&job, "long").await, TaskState::Pending);
    w.idle().await;
    w.clock.advance(secs(5));
    w.run(&["long"]).await;
}

async fn an_all_done_task_on_a_tolerated_failure_is_cancelled(w: World) {
    let (stream, job) = w.graph(|s| vec![task("try", s).optional(), task("other", s)]).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    w.add(&job, task("a", stream).after(["try", "other"])).await;
    w.add(&job, task("b", stream).after(["a"])).await;
    for name in ["a", "b"] {
        let info = w.info(&job, name).await;
        let expected = (TaskState::Cancelled, Some("cancelled"));
        assert_eq!((info.state, info.error.as_deref()), expected);
    }
    w.run(&["other"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    w.add(&job, task("c", stream).after(["try"])).await;
    assert_eq!(w.state(&job, "c").await, TaskState::Cancelled);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn an_all_settled_task_on_a_tolerated_failure_is_ready(w: World) {
    let (stream, job) = w.graph(|s| vec![task("try", s).optional(), task("other", s)]).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    w.add(&job, task("a", stream).after(["try"]).run_if(RunIf::AllSettled)).await;
    let a = w.info(&job, "a").await;
    assert_eq!((a.state, a.waiting_on, a.run_if), (TaskState::Ready, 0, RunIf::AllSettled));
    w.run(&["other", "a"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_task_goes_to_its_own_stream(w: World) {
    let (_, job, _) = w.started().await;
    let gpu = w.lane("gpu", 0, 1.0, "bob").await;
    w.add(&job, task("a", gpu)).await;
    w.idle().await;
    let a = w.db.request_work("gpu").await.unwrap().unwrap();
    assert_eq!((a.task_id.as_str(), a.stream_id), ("a", gpu));
    assert_eq!(w.running(&gpu).await, 1);
}
