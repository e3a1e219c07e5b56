//! Cases of `request_work`; the order of claims has more of them in `fairness`.

use taskdb_core::request::RequestWork;

use super::support::*;

cases!(request_work:
    a_ready_task_becomes_running,
    nothing_ready_is_none,
    worker_types_are_apart,
    a_claim_id_that_is_live_is_answered_again,
    a_batch_has_at_most_a_thousand_entries,
    the_deadline_is_the_earlier_of_timeout_and_lease,
    due_tasks_come_earliest_first,
    at_most_a_hundred_due_tasks_are_promoted,
    the_next_start_is_told,
    arguments_are_checked;
    ordered:
    a_batch_is_claims_in_sequence,
    the_older_job_then_the_older_task,
);

async fn a_ready_task_becomes_running(w: World) {
    let (stream, job) = w.fresh().await;
    let init = w.other.request_work("cpu").await.unwrap().unwrap();
    assert_eq!((init.job_id, init.task_id.as_str(), init.claim.attempt), (job, "init", 1));
    assert_eq!((init.claim.job_id, init.claim.task_id.as_str()), (job, "init"));
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.ready, info.running), ([0; 3], 1));
    w.idle().await;
}

async fn nothing_ready_is_none(w: World) {
    w.idle().await;
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"])).await;
    w.idle().await;
    w.finish(&init).await;
    w.run(&["next"]).await;
    w.idle().await;
}

async fn worker_types_are_apart(w: World) {
    let gpu = w.lane("gpu", 0, 1.0, USER).await;
    let job = w.job(gpu).await;
    w.idle().await;
    assert!(w.db.request_work("GPU").await.unwrap().is_none());
    assert_eq!(w.db.request_work("gpu").await.unwrap().unwrap().job_id, job);
}

async fn a_claim_id_that_is_live_is_answered_again(w: World) {
    let (stream, _) = w.fresh().await;
    w.job(stream).await;
    let id = Uuid::new_v4();
    let claim = w.db.request_work_as("cpu", id, None).await.unwrap().unwrap();
    assert_eq!(claim.claim.id, id);
    w.db.pause_stream(&stream).await.unwrap();
    let again = w.other.request_work_as("cpu", id, None).await.unwrap().unwrap();
    assert_eq!(again.claim, claim.claim);
    assert_eq!(again.task_def, claim.task_def);
    let info = w.db.stream_info(&stream).await.unwrap();
    assert_eq!((info.running, info.ready), (1, [0, 1, 0]));
    assert_eq!(w.info(&claim.job_id, "init").await.attempt, 1);
}

async fn a_batch_is_claims_in_sequence(w: World) {
    let (a, b) = (w.stream().await, w.stream().await);
    for stream in [a, a, a, b, b] {
        w.job(stream).await;
    }
    let work = w.db.request_work_batch("cpu", 4, None).await.unwrap();
    let streams: Vec<_> = work.iter().map(|t| t.stream_id).collect();
    assert_eq!(streams, [a, b, a, b]);
    let rest = w.db.request_work_batch("cpu", 4, None).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert!(w.db.request_work_batch("cpu", 4, None).await.unwrap().is_empty());
    assert!(w.db.request_work_batch("cpu", 0, None).await.unwrap().is_empty());
    let mut ids: Vec<_> = work.iter().chain(&rest).map(|t| t.claim.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

async fn a_batch_has_at_most_a_thousand_entries(w: World) {
    w.fresh().await;
    let call = w.db.request_work_batch("cpu", 1_001, None).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "max", size: 1_001, limit: 1_000, .. });
    assert_eq!(w.db.request_work_batch("cpu", 1_000, None).await.unwrap().len(), 1);
}

async fn the_deadline_is_the_earlier_of_timeout_and_lease(w: World) {
    let stream = w.stream().await;
    for _ in 0..3 {
        w.job(stream).await;
    }
    let now = w.clock.now();
    for (lease, end) in [(None, 60), (Some(secs(10)), 10), (Some(secs(100)), 60)] {
        let claim = w.db.request_work_as("cpu", Uuid::new_v4(), lease).await.unwrap().unwrap();
        assert_eq!(claim.deadline, now.after(secs(end)));
        assert_eq!(w.info(&claim.job_id, "init").await.deadline, Some(claim.deadline));
    }
}

async fn due_tasks_come_earliest_first(w: World) {
    let stream = w.stream().await;
    let late = w.db.create_job_with(new_job(stream).delay(secs(9))).await.unwrap();
    let soon = w.db.create_job_with(new_job(stream).delay(secs(3))).await.unwrap();
    w.clock.advance(secs(3));
    assert_eq!(w.claim().await.job_id, soon);
    w.idle().await;
    w.clock.advance(secs(5));
    w.idle().await;
    w.clock.advance(secs(1));
    let claim = w.claim().await;
    assert_eq!(claim.job_id, late);
    assert_eq!(w.info(&late, "init").await.start_at, None);
}

async fn at_most_a_hundred_due_tasks_are_promoted(w: World) {
    let (stream, job, _init) = w.started().await;
    let tasks = (0..150).map(|n| task(&format!("t{n}"), stream).delay(secs(150 - n)));
    w.db.create_tasks(&job, tasks).await.unwrap();
    w.clock.advance(secs(200));
    // Promotion goes by time: the first hundred are the youngest, down to t50.
    w.take("t50").await;
    let pending = w.db.list_tasks(&job, Some(TaskState::Pending), None, 500).await.unwrap();
    assert_eq!(pending.len(), 50);
    assert!(pending.iter().all(|t| t.age <= 50));
    w.take("t0").await;
    assert!(w.db.list_tasks(&job, Some(TaskState::Pending), None, 1).await.unwrap().is_empty());
    assert_eq!(w.db.request_work_batch("cpu", 500, None).await.unwrap().len(), 148);
}

async fn the_next_start_is_told(w: World) {
    let stream = w.stream().await;
    let ask = async || {
        let request = RequestWork {
            worker_type: "cpu".to_owned(),
            worker_id: "w".to_owned(),
            claim_ids: vec![Uuid::new_v4()],
            may_repeat: false,
            lease: None,
            inputs: None,
        };
        w.db.store().request_work(request).await.unwrap()
    };
    assert_eq!(ask().await.next_start, None);
    w.db.create_job_with(new_job(stream).delay(secs(30))).await.unwrap();
    w.db.create_job_with(new_job(stream).delay(secs(20))).await.unwrap();
    assert_eq!(ask().await.next_start, Some(secs(20)));
    w.clock.advance(secs(5));
    assert_eq!(ask().await.next_start, Some(secs(15)));
}

async fn the_older_job_then_the_older_task(w: World) {
    let (stream, first, init) = w.started().await;
    let second = w.job(stream).await;
    w.add(&first, task("b", stream).after(["init"])).await;
    w.add(&first, task("a", stream).after(["init"])).await;
    w.finish(&init).await;
    let work = w.db.request_work_batch("cpu", 9, None).await.unwrap();
    let order: Vec<_> = work.iter().map(|t| (t.job_id, t.task_id.as_str())).collect();
    assert_eq!(order, [(first, "b"), (first, "a"), (second, "init")]);
}

async fn arguments_are_checked(w: World) {
    w.fresh().await;
    let call = w.db.request_work("").await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "worker_type", .. });
    let call = w.db.as_worker("").request_work("cpu").await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "worker_id", .. });
    let call = w.db.as_worker(&"x".repeat(256)).request_work("cpu").await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "worker_id", .. });
    w.take("init").await;
}
