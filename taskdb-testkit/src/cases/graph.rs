//! Cases of whole graphs, from the first task to the end of the job.

use super::support::*;

cases!(graph:
    a_diamond,
    a_chain,
    a_fan_out_and_in,
    a_graph_that_grows_while_it_runs,
    a_job_reopened_many_times,
    a_cascade_of_tolerated_failures,
    all_settled_after_a_mixture,
    a_planner_that_dies_half_way_is_run_again,
    a_late_result_and_a_replay,
    the_job_ends_with_its_last_tolerated_failure,
    a_graph_over_several_worker_types,
);

async fn a_diamond(w: World) {
    let tasks = |s| {
        vec![
            task("top", s),
            task("left", s).after(["top"]),
            task("right", s).after(["top"]),
            task("end", s).after(["left", "right"]),
        ]
    };
    let (_, job) = w.graph(tasks).await;
    w.run(&["top"]).await;
    let (left, right) = (w.take("left").await, w.take("right").await);
    w.idle().await;
    w.finish(&right).await;
    w.idle().await;
    w.finish(&left).await;
    w.run(&["end"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_chain(w: World) {
    let names: Vec<_> = (0..30).map(|n| format!("t{n}")).collect();
    let tasks = |s| {
        let mut before = "init".to_owned();
        let link =
            |name: &String| task(name, s).after([std::mem::replace(&mut before, name.clone())]);
        names.iter().map(link).collect()
    };
    let (_, job) = w.graph(tasks).await;
    for (done, name) in names.iter().enumerate() {
        assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 30 - done as i64);
        w.run(&[name]).await;
        if done < 29 {
            assert_eq!(w.job_state(&job).await, JobState::Running);
        }
    }
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_fan_out_and_in(w: World) {
    let leaves: Vec<_> = (0..40).map(|n| format!("leaf-{n}")).collect();
    let tasks = |s| {
        let mut tasks: Vec<_> = leaves.iter().map(|n| task(n, s).after(["init"])).collect();
        tasks.push(task("end", s).after(leaves.clone()));
        tasks
    };
    let (_, job) = w.graph(tasks).await;
    let mut work = w.db.request_work_batch("cpu", 100, None).await.unwrap();
    assert_eq!(names(&work), leaves);
    let last = work.pop().unwrap();
    for task in &work {
        w.finish(task).await;
    }
    assert_eq!(w.info(&job, "end").await.waiting_on, 1);
    w.finish(&last).await;
    let end = w.take("end").await;
    assert_eq!(end.prereqs, json!(leaves));
    w.finish(&end).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_graph_that_grows_while_it_runs(w: World) {
    let (stream, job, mut current) = w.started().await;
    for level in 0..5 {
        let (leaf, join) = (format!("leaf-{level}"), format!("join-{level}"));
        let before = current.task_id.clone();
        let children = [
            task(&leaf, stream).after([before.as_str()]),
            task(&join, stream).after([leaf.as_str(), before.as_str()]),
        ];
        let output = json!(level);
        assert!(w.db.complete_with_children(&current.claim, &output, children).await.unwrap());
        w.run(&[&leaf]).await;
        current = w.take(&join).await;
    }
    w.finish(&current).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.tasks), (JobState::Done, 11));
}

async fn a_job_reopened_many_times(w: World) {
    let (stream, job) = w.fresh().await;
    w.run(&["init"]).await;
    for n in 0..5 {
        assert_eq!(w.job_state(&job).await, JobState::Done);
        let name = format!("more-{n}");
        w.add(&job, task(&name, stream).after(["init"])).await;
        assert_eq!(w.job_state(&job).await, JobState::Running);
        w.run(&[&name]).await;
    }
    assert_eq!(w.job_state(&job).await, JobState::Done);
    assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 0);
}

async fn a_cascade_of_tolerated_failures(w: World) {
    let tasks = |s| {
        vec![
            task("try", s).optional(),
            task("other", s),
            task("b", s).after(["try"]),
            task("c", s).after(["other", "b"]),
            task("d", s).after(["b", "c"]),
            task("side", s).after(["other"]),
        ]
    };
    let (_, job) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    let cancelled = TaskState::Cancelled;
    w.states(&job, &[("b", cancelled), ("c", cancelled), ("d", cancelled)]).await;
    w.run(&["other", "side"]).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.error, info.unresolved), (JobState::Done, None, 4));
}

async fn all_settled_after_a_mixture(w: World) {
    let tasks = |s| {
        vec![
            task("good", s),
            task("bad", s).optional(),
            task("child", s).after(["bad"]),
            task("strict", s).after(["good", "bad"]),
            task("report", s).after(["good", "bad", "child", "strict"]).run_if(RunIf::AllSettled),
        ]
    };
    let (_, job) = w.graph(tasks).await;
    let (good, bad) = (w.take("good").await, w.take("bad").await);
    w.fail(&bad, "no luck").await;
    w.states(&job, &[("strict", TaskState::Cancelled), ("child", TaskState::Cancelled)]).await;
    assert_eq!(w.info(&job, "report").await.waiting_on, 1);
    w.finish(&good).await;
    let report = w.take("report").await;
    assert_eq!(report.prereqs, json!(["good", "bad", "child", "strict"]));
    w.finish(&report).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_planner_that_dies_half_way_is_run_again(w: World) {
    let (stream, job, _dead) = w.started().await;
    let plan = [
        task("a", stream),
        task("b", stream),
        task("c", stream).after(["a", "b"]),
        task("d", stream).after(["c"]),
    ];
    for one in &plan[..2] {
        w.add(&job, one.clone()).await;
    }
    w.run(&["a"]).await;
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(9).await.unwrap(), 1);
    let again = w.take("init").await;
    for one in &plan {
        w.add(&job, one.clone()).await;
    }
    w.finish(&again).await;
    w.run(&["b", "c", "d"]).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.tasks), (JobState::Done, 5));
}

async fn a_late_result_and_a_replay(w: World) {
    let tasks = |s| {
        let last = task("last", s).after(["slow", "bad"]);
        vec![task("slow", s), task("bad", s), task("next", s).after(["slow"]), last]
    };
    let (_, job) = w.graph(tasks).await;
    let (slow, bad) = (w.take("slow").await, w.take("bad").await);
    w.fail(&bad, "broken").await;
    w.finish(&slow).await;
    w.idle().await;
    let cancelled = TaskState::Cancelled;
    w.states(&job, &[("slow", TaskState::Done), ("next", cancelled), ("last", cancelled)]).await;
    w.db.retry_job(&job).await.unwrap();
    w.run(&["bad", "next", "last"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn the_job_ends_with_its_last_tolerated_failure(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("try", s).optional()]).await;
    w.run(&["a"]).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.error, info.unresolved), (JobState::Done, None, 1));
    assert_eq!(w.info(&job, "try").await.error.as_deref(), Some("no luck"));
}

async fn a_graph_over_several_worker_types(w: World) {
    let gpu = w.lane("gpu", 1, 1.0, USER).await;
    let tasks = |s| vec![task("prove", gpu).after(["init"]), task("pack", s).after(["prove"])];
    let (_, job) = w.graph(tasks).await;
    w.idle().await;
    let prove = w.db.request_work("gpu").await.unwrap().unwrap();
    assert!(w.db.request_work("gpu").await.unwrap().is_none());
    w.finish(&prove).await;
    w.run(&["pack"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}
