//! Cases of two sides acting at once, through both handles.

use std::collections::HashSet;
use std::future::Future;

use super::support::*;

cases!(races:
    a_child_is_created_while_its_prerequisite_finishes,
    the_last_two_tasks_finish_at_once,
    a_diamond_is_finished_from_both_sides,
    a_stale_worker_and_the_new_one_finish_at_once,
    as_many_claimers_as_ready_tasks_all_get_one,
    sixteen_workers_never_share_a_claim,
    thirty_two_callers_get_one_stream,
    the_same_claim_id_from_both_sides,
    the_same_job_from_both_sides,
    a_sweeper_and_a_result,
    two_sweepers,
    a_cancel_and_the_last_result,
    two_siblings_fail_at_once,
    two_replays_at_once,
    a_delete_and_a_claim,
);

/// Runs both on threads of their own, as far as the runtime has them.
async fn both<A, B>(a: A, b: B) -> (A::Output, B::Output)
where
    A: Future<Output: Send> + Send + 'static,
    B: Future<Output: Send> + Send + 'static,
{
    let (a, b) = (tokio::spawn(a), tokio::spawn(b));
    (a.await.unwrap(), b.await.unwrap())
}

/// Completes a task through `db`, in a future of its own.
fn done(db: &TaskDb, task: &ReadyTask) -> impl Future<Output = taskdb_core::Result<bool>> + use<> {
    let (db, claim) = (db.clone(), task.claim.clone());
    async move { db.complete(&claim, &json!(1)).await }
}

async fn a_child_is_created_while_its_prerequisite_finishes(w: World) {
    for _ in 0..rounds() {
        let (stream, job) = w.fresh().await;
        let init = w.take("init").await;
        let creator = w.other.clone();
        let create = async move {
            creator.create_task_with(&job, task("child", stream).after(["init"])).await
        };
        let (finished, created) = both(done(&w.db, &init), create).await;
        assert!(finished.unwrap());
        created.unwrap();
        assert_eq!(w.state(&job, "child").await, TaskState::Ready);
        w.run(&["child"]).await;
        assert_eq!(w.job_state(&job).await, JobState::Done);
    }
}

async fn the_last_two_tasks_finish_at_once(w: World) {
    for _ in 0..rounds() {
        let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
        let (a, b) = (w.take("a").await, w.take("b").await);
        let (one, two) = both(done(&w.db, &a), done(&w.other, &b)).await;
        assert!(one.unwrap() && two.unwrap());
        assert_eq!(w.job_state(&job).await, JobState::Done);
    }
}

async fn a_diamond_is_finished_from_both_sides(w: World) {
    for _ in 0..rounds() {
        let tasks = |s| vec![task("a", s), task("b", s), task("end", s).after(["a", "b"])];
        let (_, job) = w.graph(tasks).await;
        let (a, b) = (w.take("a").await, w.take("b").await);
        let (one, two) = both(done(&w.db, &a), done(&w.other, &b)).await;
        assert!(one.unwrap() && two.unwrap());
        w.run(&["end"]).await;
        assert_eq!(w.job_state(&job).await, JobState::Done);
    }
}

async fn a_stale_worker_and_the_new_one_finish_at_once(w: World) {
    for _ in 0..rounds() {
        let (_, job, stale) = w.started().await;
        w.clock.advance(secs(60));
        assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
        let fresh = w.take("init").await;
        let (db, claim) = (w.other.clone(), stale.claim.clone());
        let late = async move { db.complete(&claim, &json!("stale")).await };
        let (accepted, refused) = both(done(&w.db, &fresh), late).await;
        assert!(accepted.unwrap());
        lost!(refused, Reclaimed);
        assert_eq!(w.db.get_task_output::<i32>(&job, "init").await.unwrap(), 1);
    }
}

/// `workers` callers, half on each handle, each running `call` once.
async fn crowd<T, F>(w: &World, workers: usize, call: impl Fn(TaskDb) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let db = |n: usize| if n.is_multiple_of(2) { w.db.clone() } else { w.other.clone() };
    let calls: Vec<_> = (0..workers).map(|n| tokio::spawn(call(db(n)))).collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

async fn as_many_claimers_as_ready_tasks_all_get_one(w: World) {
    for round in 0..rounds().div_ceil(5) {
        let worker = format!("kind-{round}");
        let (one, two) = (w.lane(&worker, 2, 1.0, "a").await, w.lane(&worker, 0, 1.0, "b").await);
        for n in 0..8 {
            w.job(if n % 2 == 0 { one } else { two }).await;
        }
        let claim = |db: TaskDb| {
            let worker = worker.clone();
            async move { db.request_work(&worker).await.unwrap() }
        };
        let work = crowd(&w, 8, claim).await;
        let jobs: HashSet<_> = work.iter().flatten().map(|t| t.job_id).collect();
        assert_eq!((work.iter().flatten().count(), jobs.len()), (8, 8));
        assert!(w.db.request_work(&worker).await.unwrap().is_none());
    }
}

async fn sixteen_workers_never_share_a_claim(w: World) {
    let (stream, job) = w.fresh().await;
    let more = (0..95).map(|n| task(&format!("t{n}"), stream));
    w.db.create_tasks(&job, more).await.unwrap();
    let work = |db: TaskDb| async move {
        let mut mine = Vec::new();
        while let Some(task) = db.request_work("cpu").await.unwrap() {
            assert_eq!(task.claim.attempt, 1);
            assert!(db.complete(&task.claim, &json!(1)).await.unwrap());
            mine.push(task.task_id);
        }
        mine
    };
    let all: Vec<_> = crowd(&w, 16, work).await.into_iter().flatten().collect();
    let distinct: HashSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (96, 96));
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn thirty_two_callers_get_one_stream(w: World) {
    let get =
        |db: TaskDb| async move { db.get_or_create_stream("cpu", 0, 1.0, USER).await.unwrap() };
    let ids: HashSet<_> = crowd(&w, 32, get).await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(w.db.list_streams(None, 99).await.unwrap().len(), 1);
}

async fn the_same_claim_id_from_both_sides(w: World) {
    let stream = w.stream().await;
    for round in 1..=rounds().div_ceil(5) {
        w.job(stream).await;
        w.job(stream).await;
        let id = Uuid::new_v4();
        let ask = |db: TaskDb| async move { db.request_work_as("cpu", id, None).await.unwrap() };
        let (a, b) = both(ask(w.db.clone()), ask(w.other.clone())).await;
        assert_eq!(a.unwrap().claim, b.unwrap().claim);
        assert_eq!(w.running(&stream).await, round as u64);
    }
}

async fn the_same_job_from_both_sides(w: World) {
    let stream = w.stream().await;
    for round in 1..=rounds().div_ceil(5) {
        let (id, key) = (Uuid::new_v4(), format!("k{round}"));
        let make = |db: TaskDb| async move { db.create_job_with(new_job(stream).id(id)).await };
        let (a, b) = both(make(w.db.clone()), make(w.other.clone())).await;
        assert_eq!((a.unwrap(), b.unwrap()), (id, id));
        let keyed = |db: TaskDb| {
            let job = new_job(stream).key(key.clone());
            async move { db.create_job_with(job).await.unwrap() }
        };
        let (a, b) = both(keyed(w.db.clone()), keyed(w.other.clone())).await;
        assert_eq!(a, b);
        assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 2 * round as i64);
    }
}

async fn a_sweeper_and_a_result(w: World) {
    for _ in 0..rounds() {
        let (_, job, init) = w.started().await;
        w.clock.advance(secs(60));
        let sweeper = w.other.clone();
        let sweep = async move { sweeper.requeue_tasks(10).await.unwrap() };
        match both(done(&w.db, &init), sweep).await {
            (Ok(true), 0) => assert_eq!(w.job_state(&job).await, JobState::Done),
            (Err(TaskDbErr::ClaimLost { reason: ClaimLostReason::Requeued, .. }), 1) => {
                assert_eq!(w.info(&job, "init").await.losses, 1);
                w.run(&["init"]).await;
            }
            other => panic!("{other:?}"),
        }
        let (_, job, init) = w.started().await;
        w.clock.advance(secs(60));
        let (db, claim) = (w.db.clone(), init.claim.clone());
        let report = async move { db.progress(&claim, 0.5).await };
        let sweeper = w.other.clone();
        let sweep = async move { sweeper.requeue_tasks(10).await.unwrap() };
        match both(report, sweep).await {
            (Ok(true), 0) => assert_eq!(w.state(&job, "init").await, TaskState::Running),
            (Err(TaskDbErr::ClaimLost { .. }), 1) => {
                assert_eq!(w.state(&job, "init").await, TaskState::Ready);
            }
            other => panic!("{other:?}"),
        }
        w.db.delete_job(&job).await.unwrap();
    }
}

async fn two_sweepers(w: World) {
    let (stream, job) = w.graph(|s| (0..60).map(|n| task(&format!("t{n}"), s)).collect()).await;
    assert_eq!(w.db.request_work_batch("cpu", 60, None).await.unwrap().len(), 60);
    w.clock.advance(secs(60));
    let sweep = |db: TaskDb| async move { db.requeue_tasks(50).await.unwrap() };
    let (a, b) = both(sweep(w.db.clone()), sweep(w.other.clone())).await;
    assert_eq!(a + b, 60);
    let tasks = w.db.list_tasks(&job, None, Some(0), 99).await.unwrap();
    assert!(tasks.iter().all(|t| (t.retries, t.losses, t.state) == (1, 1, TaskState::Ready)));
    assert_eq!(w.running(&stream).await, 0);
}

async fn a_cancel_and_the_last_result(w: World) {
    for _ in 0..rounds() {
        let (_, job, init) = w.started().await;
        let canceller = w.other.clone();
        let cancel = async move { canceller.cancel_job(&job).await };
        let (finished, cancelled) = both(done(&w.db, &init), cancel).await;
        cancelled.unwrap();
        let state = w.job_state(&job).await;
        match finished {
            Ok(true) => assert_eq!(state, JobState::Done),
            Err(TaskDbErr::ClaimLost { reason: ClaimLostReason::Cancelled, .. }) => {
                assert_eq!(state, JobState::Cancelled);
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn two_siblings_fail_at_once(w: World) {
    for _ in 0..rounds() {
        let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
        let (a, b) = (w.take("a").await, w.take("b").await);
        let fail = |db: &TaskDb, task: &ReadyTask| {
            let (db, claim) = (db.clone(), task.claim.clone());
            async move { db.fail(&claim, &format!("of {}", claim.task_id)).await.unwrap() }
        };
        let (one, two) = both(fail(&w.db, &a), fail(&w.other, &b)).await;
        assert!(one && two);
        w.states(&job, &[("a", TaskState::Failed), ("b", TaskState::Failed)]).await;
        let error = w.db.get_job_failure(&job).await.unwrap();
        assert!(error == "of a" || error == "of b", "{error}");
    }
}

async fn two_replays_at_once(w: World) {
    for _ in 0..rounds() {
        let (_, job) = w.fresh().await;
        w.db.cancel_job(&job).await.unwrap();
        let replay = |db: TaskDb| async move { db.retry_job(&job).await };
        let (a, b) = both(replay(w.db.clone()), replay(w.other.clone())).await;
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        expect_err!(a.and(b), TaskDbErr::InvalidState { .. });
        w.run(&["init"]).await;
        assert_eq!(w.job_state(&job).await, JobState::Done);
    }
}

async fn a_delete_and_a_claim(w: World) {
    for _ in 0..rounds() {
        let (stream, job) = w.fresh().await;
        let deleter = w.other.clone();
        let delete = async move { deleter.delete_job(&job).await };
        let db = w.db.clone();
        let claim = async move { db.request_work("cpu").await.unwrap() };
        let (work, deleted) = both(claim, delete).await;
        deleted.unwrap();
        if let Some(task) = work {
            lost!(w.db.complete(&task.claim, &json!(1)).await, Deleted);
        }
        let info = w.db.stream_info(&stream).await.unwrap();
        assert!(!info.has_unfinished(), "{info:?}");
    }
}
