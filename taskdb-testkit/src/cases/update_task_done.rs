//! Cases of `update_task_done`: by name, by claim, in batches, with children.

use taskdb_core::record::Record;

use super::support::*;

cases!(update_task_done:
    a_running_task_is_done,
    a_ready_task_is_done,
    other_states_are_false,
    unknown_things_are_false,
    dependants_are_settled,
    the_last_task_closes_the_job,
    a_late_result_in_a_failed_job_readies_nothing,
    the_closing_call_is_answered_again,
    another_outcome_is_lost,
    a_result_by_name_closes_the_claim,
    a_batch_gives_each_its_answer,
    a_batch_of_none_has_no_answers,
    children_come_with_the_result,
    a_bad_child_changes_nothing,
    children_on_a_failed_job_change_nothing,
    children_of_a_lost_claim_are_not_made,
    the_same_children_again_are_ok,
);

async fn a_running_task_is_done(w: World) {
    let (stream, job, init) = w.started().await;
    w.clock.advance(secs(2));
    assert!(w.other.update_task_done(&job, "init", json!({"x": 1})).await.unwrap());
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.updated_at), (TaskState::Done, w.clock.now()));
    assert_eq!(w.db.get_task_output::<Value>(&job, "init").await.unwrap(), json!({"x": 1}));
    assert_eq!(w.running(&stream).await, 0);
    assert_eq!(init.claim.attempt, info.attempt);
}

async fn a_ready_task_is_done(w: World) {
    let (stream, job) = w.fresh().await;
    assert!(w.db.update_task_done(&job, "init", json!(1)).await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Done);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [0; 3]);
    w.idle().await;
}

async fn other_states_are_false(w: World) {
    let tasks = |s| {
        vec![
            task("bad", s).optional(),
            task("gone", s).after(["bad"]),
            task("open", s).delay(secs(9)),
        ]
    };
    let (_, job) = w.graph(tasks).await;
    let bad = w.take("bad").await;
    w.fail(&bad, "no luck").await;
    for name in ["init", "bad", "gone", "open"] {
        let before = w.info(&job, name).await;
        assert!(!w.db.update_task_done(&job, name, json!(2)).await.unwrap(), "{name}");
        assert_eq!(w.info(&job, name).await, before);
    }
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.db.cancel_job(&job).await.unwrap();
    assert!(!w.db.update_task_done(&job, "open", json!(2)).await.unwrap());
}

async fn unknown_things_are_false(w: World) {
    let (_, job) = w.fresh().await;
    assert!(!w.db.update_task_done(&job, "x", json!(1)).await.unwrap());
    assert!(!w.db.update_task_done(&Uuid::new_v4(), "init", json!(1)).await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Running);
}

async fn dependants_are_settled(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s).after(["a", "b"])];
    let (_, job) = w.graph(tasks).await;
    w.run(&["a"]).await;
    let c = w.info(&job, "c").await;
    assert_eq!((c.state, c.waiting_on), (TaskState::Pending, 1));
    w.run(&["b"]).await;
    let c = w.info(&job, "c").await;
    assert_eq!((c.state, c.waiting_on), (TaskState::Ready, 0));
}

async fn the_last_task_closes_the_job(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    w.run(&["a"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.clock.advance(secs(4));
    w.run(&["b"]).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.unresolved, info.updated_at), (JobState::Done, 0, w.clock.now()));
}

async fn a_late_result_in_a_failed_job_readies_nothing(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s).after(["b"])];
    let (stream, job) = w.graph(tasks).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    assert!(w.db.complete(&b.claim, &json!("late")).await.unwrap());
    w.states(&job, &[("b", TaskState::Done), ("c", TaskState::Cancelled)]).await;
    assert_eq!(w.info(&job, "c").await.waiting_on, 0);
    let records = w.db.export(None, 99).await.unwrap().records;
    let own = records.iter().find_map(|record| match record {
        Record::Task(task) if task.task_id == "c" => Some(task.state),
        _ => None,
    });
    assert_eq!(own, Some(TaskState::Pending));
    assert_eq!(w.db.get_task_output::<String>(&job, "b").await.unwrap(), "late");
    assert_eq!(w.job_state(&job).await, JobState::Failed);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [0; 3]);
    w.idle().await;
}

async fn the_closing_call_is_answered_again(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"])).await;
    assert!(w.db.complete(&init.claim, &json!(1)).await.unwrap());
    let before = w.info(&job, "init").await;
    w.clock.advance(secs(1));
    assert!(w.other.complete(&init.claim, &json!(1)).await.unwrap());
    assert_eq!(w.info(&job, "init").await, before);
    w.run(&["next"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    assert!(w.db.complete(&init.claim, &json!(1)).await.unwrap());
}

async fn another_outcome_is_lost(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.complete(&init.claim, &json!(1)).await.unwrap());
    lost!(w.db.complete(&init.claim, &json!(2)).await, Finished);
    lost!(w.db.fail(&init.claim, "late").await, Finished);
    lost!(w.db.retry(&init.claim, secs(0)).await, Finished);
    lost!(w.db.release(&init.claim).await, Finished);
    lost!(w.db.progress(&init.claim, 1.0).await, Finished);
    assert_eq!(w.db.get_task_output::<i32>(&job, "init").await.unwrap(), 1);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_result_by_name_closes_the_claim(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.update_task_done(&job, "init", json!(1)).await.unwrap());
    lost!(w.db.complete(&init.claim, &json!(2)).await, Finished);
    // It was not this claim's call that closed it, so there is nothing to repeat.
    lost!(w.db.complete(&init.claim, &json!(1)).await, Finished);
    assert_eq!(w.db.get_task_output::<i32>(&job, "init").await.unwrap(), 1);
}

async fn a_batch_gives_each_its_answer(w: World) {
    let (stream, first, a) = w.started().await;
    w.job(stream).await;
    w.job(stream).await;
    let (b, c) = (w.take("init").await, w.take("init").await);
    let third = c.job_id;
    w.db.delete_job(&b.job_id).await.unwrap();
    let entries = [
        (a.claim.clone(), json!(1)),
        (b.claim, json!(2)),
        (a.claim.clone(), json!(1)),
        (a.claim, json!(9)),
        (c.claim, json!(3)),
    ];
    let answers = w.db.complete_batch(entries).await.unwrap();
    let [a1, b1, a2, a3, c1] = answers.try_into().unwrap();
    assert!(a1.unwrap() && a2.unwrap() && c1.unwrap());
    lost!(b1, Deleted);
    lost!(a3, Finished);
    assert_eq!(w.db.get_task_output::<i32>(&first, "init").await.unwrap(), 1);
    assert_eq!(w.db.get_task_output::<i32>(&third, "init").await.unwrap(), 3);
}

async fn a_batch_of_none_has_no_answers(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.complete_batch([]).await.unwrap().is_empty());
    assert!(w.db.fail_batch([]).await.unwrap().is_empty());
    assert!(w.db.renew(&[], None).await.unwrap().is_empty());
    assert_eq!(w.info(&job, "init").await.attempt, init.claim.attempt);
}

async fn children_come_with_the_result(w: World) {
    let (stream, job, init) = w.started().await;
    let children = [task("a", stream).after(["init"]), task("b", stream).after(["a", "init"])];
    assert!(w.db.complete_with_children(&init.claim, &json!(1), children).await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Running);
    w.states(&job, &[("init", TaskState::Done), ("a", TaskState::Ready)]).await;
    assert_eq!(w.info(&job, "b").await.waiting_on, 1);
    w.run(&["a", "b"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_bad_child_changes_nothing(w: World) {
    let (stream, job, init) = w.started().await;
    let children = [task("a", stream), task("b", stream).after(["x"])];
    match w.db.complete_with_children(&init.claim, &json!(1), children).await {
        Err(TaskDbErr::Batch { index: 1, source }) => {
            expect_err!(
                Err::<(), _>(*source),
                TaskDbErr::NotFound { entity: Entity::Prerequisite { .. } }
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
    w.finish(&init).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn children_on_a_failed_job_change_nothing(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    let call = w.db.complete_with_children(&b.claim, &json!(1), [task("c", stream)]).await;
    expect_err!(call, TaskDbErr::JobFinished { job_id, .. } if job_id == job);
    assert_eq!(w.state(&job, "b").await, TaskState::Running);
    expect_err!(w.db.get_task(&job, "c").await, TaskDbErr::NotFound { .. });
    w.finish(&b).await;
}

async fn children_of_a_lost_claim_are_not_made(w: World) {
    let (stream, job, init) = w.started().await;
    assert!(w.db.release(&init.claim).await.unwrap());
    let call = w.db.complete_with_children(&init.claim, &json!(1), [task("c", stream)]).await;
    lost!(call, Requeued);
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
}

async fn the_same_children_again_are_ok(w: World) {
    let (stream, job, init) = w.started().await;
    let child = || [task("c", stream).after(["init"])];
    w.add(&job, child()[0].clone()).await;
    assert!(w.db.complete_with_children(&init.claim, &json!(1), child()).await.unwrap());
    assert!(w.db.complete_with_children(&init.claim, &json!(1), child()).await.unwrap());
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 2);
    w.run(&["c"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}
