//! Cases of `get_task_output`.

use super::support::*;

cases!(get_task_output:
    a_done_task_has_its_output,
    other_states_have_none,
    the_first_output_stays,
    another_shape_is_a_json_error,
    unknown_things_are_not_found,
);

async fn a_done_task_has_its_output(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("null", stream)).await;
    assert!(w.db.complete(&init.claim, &json!({"x": [1, 2]})).await.unwrap());
    assert_eq!(w.other.get_task_output::<Value>(&job, "init").await.unwrap(), json!({"x": [1, 2]}));
    assert!(w.db.update_task_done(&job, "null", Value::Null).await.unwrap());
    assert_eq!(w.db.get_task_output::<Option<i32>>(&job, "null").await.unwrap(), None);
}

async fn other_states_have_none(w: World) {
    let tasks = |s| vec![task("a", s).optional(), task("b", s), task("c", s).after(["b"])];
    let (_, job) = w.graph(tasks).await;
    let a = w.take("a").await;
    for name in ["a", "b", "c"] {
        let call = w.db.get_task_output::<Value>(&job, name).await;
        expect_err!(call, TaskDbErr::NotFound { .. });
    }
    w.fail(&a, "no luck").await;
    expect_err!(w.db.get_task_output::<Value>(&job, "a").await, TaskDbErr::NotFound { .. });
    w.db.cancel_job(&job).await.unwrap();
    expect_err!(w.db.get_task_output::<Value>(&job, "b").await, TaskDbErr::NotFound { .. });
    w.db.get_task_output::<Value>(&job, "init").await.unwrap();
}

async fn the_first_output_stays(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.complete(&init.claim, &json!(1)).await.unwrap());
    assert!(!w.db.update_task_done(&job, "init", json!(2)).await.unwrap());
    assert!(!w.db.update_task_failed(&job, "init", "late").await.unwrap());
    assert_eq!(w.db.get_task_output::<i32>(&job, "init").await.unwrap(), 1);
}

async fn another_shape_is_a_json_error(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.complete(&init.claim, &json!("text")).await.unwrap());
    expect_err!(w.db.get_task_output::<i32>(&job, "init").await, TaskDbErr::Json(_));
    assert_eq!(w.db.get_task_output::<String>(&job, "init").await.unwrap(), "text");
}

async fn unknown_things_are_not_found(w: World) {
    let (_, job) = w.fresh().await;
    expect_err!(w.db.get_task_output::<Value>(&job, "x").await, TaskDbErr::NotFound { .. });
    let call = w.db.get_task_output::<Value>(&Uuid::new_v4(), "init").await;
    expect_err!(call, TaskDbErr::NotFound { .. });
}
