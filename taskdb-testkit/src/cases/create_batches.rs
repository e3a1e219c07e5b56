//! Cases of `create_tasks` with several entries, and of their limits.

use super::support::*;

cases!(create_tasks:
    a_batch_may_name_earlier_entries,
    a_batch_is_all_or_nothing,
    a_later_entry_is_unknown_to_an_earlier_one,
    repeats_within_a_batch_are_judged_as_calls,
    ages_follow_the_array,
    a_batch_has_at_most_a_thousand_entries,
    a_batch_has_at_most_ten_thousand_edges,
    a_task_has_at_most_a_thousand_prerequisites,
    a_bad_argument_names_its_entry,
);

async fn a_batch_may_name_earlier_entries(w: World) {
    let (stream, job) = w.fresh().await;
    let tasks = [task("a", stream), task("b", stream).after(["a"]), task("c", stream).after(["b"])];
    w.db.create_tasks(&job, tasks).await.unwrap();
    w.states(&job, &[("a", TaskState::Ready), ("b", TaskState::Pending)]).await;
    w.run(&["init", "a", "b", "c"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_batch_is_all_or_nothing(w: World) {
    let (stream, job) = w.fresh().await;
    let bad = Uuid::new_v4();
    let tasks = [task("a", stream), task("b", stream), task("c", bad), task("d", bad)];
    match w.db.create_tasks(&job, tasks).await {
        Err(TaskDbErr::Batch { index: 2, source }) => {
            assert!(matches!(*source, TaskDbErr::NotFound { entity: Entity::Stream(_) }));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
    assert_eq!(w.db.stream_info(&stream).await.unwrap().ready, [0, 1, 0]);
    w.run(&["init"]).await;
    w.idle().await;
}

async fn a_later_entry_is_unknown_to_an_earlier_one(w: World) {
    let (stream, job) = w.fresh().await;
    let tasks = [task("a", stream), task("b", stream).after(["c"]), task("c", stream)];
    match w.db.create_tasks(&job, tasks).await {
        Err(TaskDbErr::Batch { index: 1, source }) => {
            expect_err!(
                Err::<(), _>(*source),
                TaskDbErr::NotFound { entity: Entity::Prerequisite { .. } }
            );
        }
        other => panic!("{other:?}"),
    }
    expect_err!(w.db.get_task(&job, "a").await, TaskDbErr::NotFound { .. });
}

async fn repeats_within_a_batch_are_judged_as_calls(w: World) {
    let (stream, job) = w.fresh().await;
    w.db.create_tasks(&job, [task("a", stream), task("a", stream)]).await.unwrap();
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 2);
    let tasks = [task("b", stream), task("b", stream).retries(1)];
    match w.db.create_tasks(&job, tasks).await {
        Err(TaskDbErr::Batch { index: 1, source }) => {
            assert!(matches!(*source, TaskDbErr::AlreadyExists { .. }), "{source:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 2);
}

async fn ages_follow_the_array(w: World) {
    let (stream, job) = w.fresh().await;
    let wanted: Vec<_> = (0..50).map(|n| format!("t-{}", (n * 37) % 50)).collect();
    w.db.create_tasks(&job, wanted.iter().map(|name| task(name, stream))).await.unwrap();
    let listed = w.db.list_tasks(&job, None, Some(0), 100).await.unwrap();
    assert!(listed.iter().map(|t| &t.task_id).eq(&wanted));
    assert!(listed.windows(2).all(|pair| pair[0].age < pair[1].age));
    let work = w.db.request_work_batch("cpu", 100, None).await.unwrap();
    assert_eq!(names(&work)[1..], wanted);
}

async fn a_batch_has_at_most_a_thousand_entries(w: World) {
    let (stream, job) = w.fresh().await;
    let tasks = |n: usize| (0..n).map(move |i| task(&format!("t{i}"), stream)).collect::<Vec<_>>();
    let call = w.db.create_tasks(&job, tasks(1_001)).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "tasks", size: 1_001, limit: 1_000, .. });
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
    w.db.create_tasks(&job, tasks(1_000)).await.unwrap();
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1_001);
}

async fn a_batch_has_at_most_ten_thousand_edges(w: World) {
    let (stream, job) = w.fresh().await;
    let many: Vec<_> = (0..1_000).map(|n| format!("p{n}")).collect();
    let tasks = (0..11).map(|n| task(&format!("t{n}"), stream).after(many.clone()));
    let call = w.db.create_tasks(&job, tasks).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "tasks", size: 11_000, limit: 10_000, .. });
}

async fn a_task_has_at_most_a_thousand_prerequisites(w: World) {
    let (stream, job) = w.fresh().await;
    let many: Vec<_> = (0..1_001).map(|n| format!("p{n}")).collect();
    let call = w.db.create_task_with(&job, task("t", stream).after(many.clone())).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "prereqs", size: 1_001, limit: 1_000, .. });
    w.db.create_tasks(&job, many[..1_000].iter().map(|name| task(name, stream))).await.unwrap();
    // Repeats are dropped before they are counted.
    let repeated = many[..1_000].iter().chain(&many[..1_000]).cloned();
    w.add(&job, task("t", stream).after(repeated)).await;
    assert_eq!(w.info(&job, "t").await.waiting_on, 1_000);
}

async fn a_bad_argument_names_its_entry(w: World) {
    let (stream, job) = w.fresh().await;
    let tasks = [task("a", stream), task("", stream), task("b", stream).retries(-1)];
    match w.db.create_tasks(&job, tasks).await {
        Err(TaskDbErr::Batch { index: 1, source }) => {
            let invalid = matches!(*source, TaskDbErr::InvalidArgument { argument: "task_id", .. });
            assert!(invalid, "{source:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
}
