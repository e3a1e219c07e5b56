//! Cases of moderate size: large enough to cross every bound on one step.

use super::support::*;

cases!(scale:
    a_flat_job_runs_to_its_end,
    a_fan_in_through_groups,
    a_release_above_its_bound,
    a_release_above_its_bound_of_tolerated_failures,
    a_large_job_is_cancelled_and_replayed,
    a_large_job_fails,
    a_large_job_is_deleted,
    a_thousand_streams_all_but_one_paused,
);

async fn add_many(w: &World, job: &Uuid, tasks: impl Iterator<Item = NewTask>) {
    let tasks: Vec<_> = tasks.collect();
    for chunk in tasks.chunks(1_000) {
        w.db.create_tasks(job, chunk.to_vec()).await.unwrap();
    }
}

/// Claims and completes up to `count` tasks in batches; returns how many there were.
async fn drain(w: &World, count: usize) -> usize {
    let mut done = 0;
    while done < count {
        let max = (count - done).min(500);
        let work = w.db.request_work_batch("cpu", max, None).await.unwrap();
        if work.is_empty() {
            break;
        }
        done += work.len();
        let outputs = work.into_iter().map(|t| (t.claim, json!(1)));
        for answer in w.db.complete_batch(outputs).await.unwrap() {
            assert!(answer.unwrap());
        }
    }
    done
}

async fn large(w: &World) -> (Uuid, Uuid) {
    let (stream, job) = w.graph(|s| vec![task("first", s)]).await;
    let spread = (0..1_000).map(|n| task(&format!("r{n}"), stream));
    add_many(w, &job, spread).await;
    let held = (0..1_000).map(|n| task(&format!("p{n}"), stream).after(["first"]));
    add_many(w, &job, held).await;
    (stream, job)
}

async fn a_flat_job_runs_to_its_end(w: World) {
    let (stream, job) = w.graph(|s| vec![task("first", s)]).await;
    add_many(&w, &job, (1..2_000).map(|n| task(&format!("t{n}"), stream))).await;
    assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 2_000);
    assert_eq!(drain(&w, 1_500).await, 1_500);
    assert_eq!(w.db.get_job_unresolved(&job).await.unwrap(), 500);
    assert_eq!(drain(&w, 9_999).await, 500);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_fan_in_through_groups(w: World) {
    let (stream, job, init) = w.started().await;
    let leaf = |n: usize| format!("leaf-{n}");
    add_many(&w, &job, (0..2_000).map(|n| task(&leaf(n), stream))).await;
    let group = |g: usize| task(&format!("g{g}"), stream).after((g * 100..g * 100 + 100).map(leaf));
    add_many(&w, &job, (0..10).map(group)).await;
    add_many(&w, &job, (10..20).map(group)).await;
    w.add(&job, task("end", stream).after((0..20).map(|g| format!("g{g}")))).await;
    w.finish(&init).await;
    assert_eq!(drain(&w, 2_000).await, 2_000);
    assert_eq!(drain(&w, 20).await, 20);
    w.run(&["end"]).await;
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.tasks), (JobState::Done, 2_022));
}

async fn a_release_above_its_bound(w: World) {
    let (stream, job, init) = w.started().await;
    add_many(&w, &job, (0..1_200).map(|n| task(&format!("t{n}"), stream).after(["init"]))).await;
    w.finish(&init).await;
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.pending, info.ready), (0, [0, 1_200, 0]));
    w.assert_sound().await;
    w.take("t0").await;
    assert_eq!(drain(&w, 9_999).await, 1_199);
    assert!(w.db.update_task_done(&job, "t0", json!(1)).await.unwrap());
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_release_above_its_bound_of_tolerated_failures(w: World) {
    let (stream, job) = w.graph(|s| vec![task("try", s).optional(), task("keep", s)]).await;
    add_many(&w, &job, (0..600).map(|n| task(&format!("c{n}"), stream).after(["try"]))).await;
    let settled = |n| task(&format!("s{n}"), stream).after(["try"]).run_if(RunIf::AllSettled);
    add_many(&w, &job, (0..600).map(settled)).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    w.run(&["keep"]).await;
    let cancelled = w.db.list_tasks(&job, Some(TaskState::Cancelled), None, 2_000).await.unwrap();
    assert_eq!(cancelled.len(), 600);
    w.run(&["s0"]).await;
    assert_eq!(drain(&w, 9_999).await, 599);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_large_job_is_cancelled_and_replayed(w: World) {
    let (stream, job) = large(&w).await;
    w.db.cancel_job(&job).await.unwrap();
    w.idle().await;
    assert!(!w.db.stream_info(&stream).await.unwrap().has_unfinished());
    w.assert_sound().await;
    w.db.retry_job(&job).await.unwrap();
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.pending, info.ready), (1_000, [0, 1_001, 0]));
    assert_eq!(drain(&w, 9_999).await, 2_001);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn a_large_job_fails(w: World) {
    let (stream, job) = large(&w).await;
    let first = w.take("first").await;
    w.fail(&first, "broken").await;
    w.idle().await;
    assert!(!w.db.stream_info(&stream).await.unwrap().has_unfinished());
    let cancelled = w.db.list_tasks(&job, Some(TaskState::Cancelled), None, 9_999).await.unwrap();
    assert_eq!(cancelled.len(), 2_000);
}

async fn a_large_job_is_deleted(w: World) {
    let (stream, job) = large(&w).await;
    let first = w.take("first").await;
    let other = w.job(stream).await;
    w.db.delete_job(&job).await.unwrap();
    expect_err!(w.db.list_tasks(&job, None, None, 1).await, TaskDbErr::NotFound { .. });
    lost!(w.db.complete(&first.claim, &json!(1)).await, Deleted);
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.pending, info.ready, info.running), (0, [0, 1, 0], 0));
    assert_eq!(w.claim().await.job_id, other);
    w.idle().await;
    // What goes in steps is gone after a few calls that carry it on.
    for _ in 0..50 {
        w.db.requeue_tasks(1).await.unwrap();
    }
    assert_eq!(w.db.export(None, 9_999).await.unwrap().records.len(), 3);
}

async fn a_thousand_streams_all_but_one_paused(w: World) {
    let mut last = None;
    for _ in 0..1_000 {
        if let Some(stream) = last.replace(w.stream().await) {
            w.job(stream).await;
            w.db.pause_stream(&stream).await.unwrap();
        }
    }
    let open = last.expect("there are streams");
    let job = w.job(open).await;
    let init = w.claim().await;
    assert_eq!((init.job_id, init.stream_id), (job, open));
    w.idle().await;
    w.finish(&init).await;
    assert_eq!(w.db.list_streams(None, 2_000).await.unwrap().len(), 1_000);
}
