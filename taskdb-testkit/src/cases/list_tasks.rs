//! Cases of `list_tasks`.

use super::support::*;

cases!(list_tasks:
    pages_follow_the_age,
    the_filter_takes_effective_states,
    a_limit_of_nothing_is_refused,
    an_unknown_job_is_not_found,
);

async fn pages_follow_the_age(w: World) {
    let (stream, job) = w.fresh().await;
    for name in ["z", "a", "m", "b"] {
        w.add(&job, task(name, stream)).await;
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = w.other.list_tasks(&job, None, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.age);
        listed.extend(page.into_iter().map(|t| (t.age, t.task_id)));
    }
    let expected = ["init", "z", "a", "m", "b"].iter().enumerate();
    let expected: Vec<_> = expected.map(|(age, name)| (age as u64, (*name).to_owned())).collect();
    assert_eq!(listed, expected);
}

async fn the_filter_takes_effective_states(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s), task("c", s), task("d", s).after(["c"])];
    let (_, job) = w.graph(tasks).await;
    let listed = async |state| {
        let tasks = w.db.list_tasks(&job, Some(state), None, 9).await.unwrap();
        tasks.into_iter().map(|t| t.task_id).collect::<Vec<_>>().join(" ")
    };
    let (a, _b) = (w.take("a").await, w.take("b").await);
    assert_eq!(listed(TaskState::Ready).await, "c");
    assert_eq!(listed(TaskState::Pending).await, "d");
    assert_eq!(listed(TaskState::Running).await, "a b");
    w.fail(&a, "broken").await;
    assert_eq!(listed(TaskState::Ready).await, "");
    assert_eq!(listed(TaskState::Pending).await, "");
    assert_eq!(listed(TaskState::Cancelled).await, "c d");
    assert_eq!(listed(TaskState::Failed).await, "a");
    assert_eq!(listed(TaskState::Done).await, "init");
}

async fn a_limit_of_nothing_is_refused(w: World) {
    let (_, job) = w.fresh().await;
    let call = w.db.list_tasks(&job, None, None, 0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
}

async fn an_unknown_job_is_not_found(w: World) {
    let id = Uuid::new_v4();
    let call = w.db.list_tasks(&id, None, None, 9).await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Job(j) } if j == id);
}
