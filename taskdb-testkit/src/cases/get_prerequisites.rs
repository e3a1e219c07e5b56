//! Cases of `get_prerequisites`.

use super::support::*;

cases!(get_prerequisites:
    outputs_come_in_the_order_given,
    what_failed_says_why,
    what_has_not_ended_has_neither,
    a_task_without_prerequisites_has_none,
    a_stopped_job_shows_effective_states,
    what_is_unknown_is_not_found,
);

async fn outputs_come_in_the_order_given(w: World) {
    let merge = |s| {
        vec![
            task("a", s),
            task("b", s),
            task("c", s),
            task("merge", s).after(["c", "a", "b", "a"]),
        ]
    };
    let (_, job) = w.graph(merge).await;
    for (name, output) in [("a", json!(null)), ("b", json!([])), ("c", json!({"x": 1.5e300}))] {
        assert!(w.db.update_task_done(&job, name, output).await.unwrap());
    }
    let found = w.other.get_prerequisites(&job, "merge").await.unwrap();
    let names: Vec<_> = found.iter().map(|pre| pre.task_id.as_str()).collect();
    assert_eq!(names, ["c", "a", "b"]);
    let outputs: Vec<Value> =
        found.iter().map(|pre| pre.output.as_ref().unwrap().parse().unwrap()).collect();
    assert_eq!(outputs, [json!({"x": 1.5e300}), json!(null), json!([])]);
    assert!(found.iter().all(|pre| pre.state == TaskState::Done && pre.error.is_none()));
}

async fn what_failed_says_why(w: World) {
    let merge = |s| {
        vec![
            task("good", s),
            task("bad", s).optional(),
            task("merge", s).after(["bad", "good"]).run_if(RunIf::AllSettled),
        ]
    };
    let (_, job) = w.graph(merge).await;
    assert!(w.db.update_task_failed(&job, "bad", "no such file").await.unwrap());
    assert!(w.db.update_task_done(&job, "good", json!(7)).await.unwrap());
    let found = w.db.get_prerequisites(&job, "merge").await.unwrap();
    assert_eq!(found[0].state, TaskState::Failed);
    assert_eq!((found[0].error.as_deref(), &found[0].output), (Some("no such file"), &None));
    assert_eq!(found[1].state, TaskState::Done);
    assert!(found[1].error.is_none() && found[1].output.is_some());
}

async fn what_has_not_ended_has_neither(w: World) {
    let chain = |s| vec![task("a", s), task("b", s).after(["a"]), task("c", s).after(["b", "a"])];
    let (_, job) = w.graph(chain).await;
    w.take("a").await;
    let found = w.db.get_prerequisites(&job, "c").await.unwrap();
    let states: Vec<_> = found.iter().map(|pre| pre.state).collect();
    assert_eq!(states, [TaskState::Pending, TaskState::Running]);
    assert!(found.iter().all(|pre| pre.output.is_none() && pre.error.is_none()));
}

async fn a_task_without_prerequisites_has_none(w: World) {
    let (_, job) = w.fresh().await;
    assert_eq!(w.db.get_prerequisites(&job, "init").await.unwrap(), []);
}

async fn a_stopped_job_shows_effective_states(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    w.db.cancel_job(&job).await.unwrap();
    let found = w.db.get_prerequisites(&job, "b").await.unwrap();
    assert_eq!(found[0].state, TaskState::Cancelled);
}

async fn what_is_unknown_is_not_found(w: World) {
    let (_, job) = w.fresh().await;
    let stranger = Uuid::new_v4();
    let call = w.db.get_prerequisites(&stranger, "init").await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Job(id) } if id == stranger);
    let call = w.db.get_prerequisites(&job, "other").await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Task { .. } });
}
