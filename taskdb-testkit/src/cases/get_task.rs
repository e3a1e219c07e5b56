//! Cases of `get_task` and `get_task_retries_running`.

use super::support::*;

cases!(get_task:
    every_field_is_as_it_was_given,
    a_running_task_names_its_worker_and_deadline,
    the_state_is_the_effective_one,
    retries_are_told_of_running_tasks_only,
    unknown_things_are_not_found,
);

async fn every_field_is_as_it_was_given(w: World) {
    let (stream, job, _) = w.started().await;
    w.clock.advance(secs(1));
    let def = json!({"z": 1, "a": [0.1, {}]});
    let new = NewTask::new("a", stream, def.clone()).after(["init"]).retries(4).timeout_secs(50);
    w.add(&job, new.optional().run_if(RunIf::AllSettled)).await;
    let info = w.other.get_task(&job, "a").await.unwrap();
    assert_eq!((info.job_id, info.task_id.as_str(), info.age), (job, "a", 1));
    assert_eq!((info.stream_id, info.state), (stream, TaskState::Pending));
    assert_eq!(info.definition.to_value().unwrap(), def);
    assert_eq!((info.prerequisites, info.waiting_on), (vec!["init".to_owned()], 1));
    assert_eq!((info.optional, info.run_if), (true, RunIf::AllSettled));
    assert_eq!((info.max_retries, info.retries, info.losses, info.attempt), (4, 0, 0, 0));
    assert_eq!((info.timeout_secs, info.progress, info.error), (50, 0.0, None));
    assert_eq!((info.worker_id, info.deadline, info.start_at), (None, None, None));
    assert_eq!((info.created_at, info.started_at), (w.clock.now(), None));
}

async fn a_running_task_names_its_worker_and_deadline(w: World) {
    let (_, job) = w.fresh().await;
    w.clock.advance(secs(3));
    let init = w.db.as_worker("w-1").request_work("cpu").await.unwrap().unwrap();
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.attempt), (TaskState::Running, 1));
    assert_eq!(info.worker_id.as_deref(), Some("w-1"));
    assert_eq!(info.deadline, Some(w.clock.now().after(secs(60))));
    assert_eq!(info.deadline, Some(init.deadline));
    assert_eq!((info.started_at, info.updated_at), (Some(w.clock.now()), w.clock.now()));
    w.clock.advance(secs(3));
    w.finish(&init).await;
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.deadline), (TaskState::Done, None));
    assert_eq!(info.updated_at, w.clock.now());
}

async fn the_state_is_the_effective_one(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s).after(["b"]), task("d", s)];
    let (_, job) = w.graph(tasks).await;
    let (a, _b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    w.states(&job, &[("init", TaskState::Done), ("a", TaskState::Failed)]).await;
    w.states(&job, &[("b", TaskState::Running), ("c", TaskState::Cancelled)]).await;
    w.states(&job, &[("d", TaskState::Cancelled)]).await;
}

async fn retries_are_told_of_running_tasks_only(w: World) {
    let (_, job) = w.fresh().await;
    let told = async || w.db.get_task_retries_running(&job, "init").await.unwrap();
    assert_eq!(told().await, None);
    let init = w.claim().await;
    assert_eq!(told().await, Some(0));
    assert!(w.db.retry(&init.claim, secs(0)).await.unwrap());
    assert_eq!(told().await, None);
    let init = w.claim().await;
    assert_eq!((told().await, init.retries), (Some(1), 1));
    w.finish(&init).await;
    assert_eq!(told().await, None);
    assert_eq!(w.db.get_task_retries_running(&job, "x").await.unwrap(), None);
    assert_eq!(w.db.get_task_retries_running(&Uuid::new_v4(), "init").await.unwrap(), None);
}

async fn unknown_things_are_not_found(w: World) {
    let (_, job) = w.fresh().await;
    let call = w.db.get_task(&job, "x").await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Task { task_id, .. } } if task_id == "x");
    expect_err!(w.db.get_task(&Uuid::new_v4(), "init").await, TaskDbErr::NotFound { .. });
}
