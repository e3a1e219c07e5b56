//! Calls that meet, from two processes' worth of connections.

use futures::future::join_all;
use serde_json::json;
use taskdb_core::{Claim, JobFilter, JobState, Keep, NewTask, Priority, Result, Retention, TaskDb};
use uuid::Uuid;

use crate::{assert_sound, drain, namespace, open, shared, started};

/// How often each race is run, unless `TASKDB_RACE_ROUNDS` says otherwise.
const ROUNDS: usize = 120;
/// How many races are run at once.
const AT_ONCE: usize = 8;

pub(crate) fn rounds() -> usize {
    let given = std::env::var("TASKDB_RACE_ROUNDS").ok();
    given.map_or(ROUNDS, |text| text.parse().expect("TASKDB_RACE_ROUNDS is a number"))
}

/// Runs a race [`ROUNDS`] times, each in a job of its own, and audits the whole.
async fn race<F>(round: impl Fn(TaskDb, TaskDb, Uuid, Uuid) -> F)
where
    F: Future<Output = ()>,
{
    let (url, name) = (shared(), namespace());
    let (one, other) = (open(&url, &name).await, open(&url, &name).await);
    for _ in 0..rounds() / AT_ONCE {
        let rounds = (0..AT_ONCE).map(|_| async {
            // A stream for each, so that claims tell the rounds apart.
            let worker_type = format!("type {}", Uuid::new_v4());
            let stream = one.create_stream(&worker_type, 0, 1.0, "ann").await.expect("a stream");
            let job = one.create_job(&stream, &json!({}), 3, 60, "ann").await.expect("a job");
            let init = one.request_work(&worker_type).await.expect("work").expect("init");
            one.create_tasks(&job, [NewTask::new("left", stream, json!({}))]).await.expect("left");
            one.complete(&init.claim, &json!(null)).await.expect("an answer");
            round(one.clone(), other.clone(), stream, job).await;
            assert_eq!(one.get_job_state(&job, "ann").await.expect("a state"), JobState::Done);
        });
        join_all(rounds).await;
    }
    assert_sound(&one).await;
}

async fn done(db: &TaskDb, claim: &Claim) -> Result<bool> {
    db.complete(claim, &json!("done")).await
}

async fn take(db: &TaskDb, stream: &Uuid) -> Claim {
    let worker_type = db.stream_info(stream).await.expect("a stream").worker_type;
    db.request_work(&worker_type).await.expect("work").expect("a task").claim
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_created_while_its_prerequisite_ends_runs() {
    race(|one, other, stream, job| async move {
        let left = take(&one, &stream).await;
        let child = NewTask::new("child", stream, json!({})).after(["left"]);
        let (ended, created) = tokio::join!(done(&one, &left), other.create_tasks(&job, [child]));
        assert!(ended.expect("an answer"));
        created.expect("a task");
        let child = take(&other, &stream).await;
        assert!(done(&other, &child).await.expect("an answer"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_two_tasks_end_their_job_together() {
    race(|one, other, stream, job| async move {
        one.create_tasks(&job, [NewTask::new("right", stream, json!({}))]).await.expect("a task");
        let (left, right) = (take(&one, &stream).await, take(&other, &stream).await);
        let (left, right) = tokio::join!(done(&one, &left), done(&other, &right));
        assert!(left.expect("an answer") && right.expect("an answer"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_claim_comes_back_empty_while_tasks_are_ready() {
    let (url, name) = (shared(), namespace());
    let processes = [open(&url, &name).await, open(&url, &name).await, open(&url, &name).await];
    let (stream, job) = started(&processes[0]).await;
    drain(&processes[0]).await;
    for round in 0..rounds() / 10 {
        let names = (0..9).map(|n| NewTask::new(format!("{round} {n}"), stream, json!({})));
        processes[0].create_tasks(&job, names).await.expect("tasks");
        let claims = (0..9).map(|n| processes[n % 3].request_work("cpu"));
        let found = join_all(claims).await;
        assert!(found.iter().all(|task| matches!(task, Ok(Some(_)))), "{found:?}");
        for (n, task) in found.into_iter().enumerate() {
            let claim = task.expect("work").expect("a task").claim;
            assert!(done(&processes[n % 3], &claim).await.expect("an answer"));
        }
    }
    assert_sound(&processes[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_and_a_done_of_one_task_agree() {
    let (url, name) = (shared(), namespace());
    let (one, other) = (open(&url, &name).await, open(&url, &name).await);
    let stream = one.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    for _ in 0..rounds() / 10 {
        let mut jobs = Vec::new();
        for _ in 0..10 {
            // Due as soon as it is claimed.
            jobs.push(one.create_job(&stream, &json!({}), 1_000, 0, "alice").await.expect("a job"));
        }
        let tasks = one.request_work_batch("cpu", 10, None).await.expect("work");
        let dones = tasks.iter().rev().map(|task| done(&one, &task.claim));
        let (swept, done) = tokio::join!(other.requeue_tasks(10), join_all(dones));
        let done = done.into_iter().filter(|answer| matches!(answer, Ok(true))).count();
        assert_eq!(swept.expect("a sweep") + done, tasks.len());
        drain(&one).await;
        for job in jobs {
            assert_eq!(one.get_job_state(&job, "alice").await.expect("a state"), JobState::Done);
        }
    }
    assert_sound(&one).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ready_task_is_found_while_its_job_changes_class() {
    let (url, name) = (shared(), namespace());
    let (one, other) = (open(&url, &name).await, open(&url, &name).await);
    let (stream, job) = started(&one).await;
    let ended = std::sync::atomic::AtomicBool::new(false);
    let change = async {
        let mut classes = Priority::ALL.iter().cycle();
        while !ended.load(std::sync::atomic::Ordering::Relaxed) {
            let class = classes.next().expect("a class");
            other.set_priority(&job, *class).await.expect("a change");
        }
    };
    let claim = async {
        for _ in 0..rounds() * 3 {
            let task = one.request_work("cpu").await.expect("work").expect("it is ready");
            assert!(one.release(&task.claim).await.expect("an answer"));
        }
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    tokio::join!(change, claim);
    let info = one.stream_info(&stream).await.expect("a stream");
    assert_eq!((info.ready.iter().sum::<u64>(), info.running), (1, 0));
    assert_sound(&one).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_purge_leave_what_is_to_stay() {
    let (url, name) = (shared(), namespace());
    let (one, other) = (open(&url, &name).await, open(&url, &name).await);
    let stream = one.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let keep = Keep { age: None, count: Some(5) };
    let retention = Retention { done: keep, ..Retention::OFF };
    for _ in 0..rounds() / 20 {
        let nothing = json!({});
        let jobs = (0..20).map(|_| one.create_job(&stream, &nothing, 3, 60, "alice"));
        join_all(jobs).await.into_iter().collect::<Result<Vec<_>>>().expect("jobs");
        drain(&one).await;
        let (a, b) = tokio::join!(one.purge(&retention), other.purge(&retention));
        a.and(b).expect("a purge");
        let left = one.list_jobs(JobFilter::default(), None, 100).await.expect("jobs");
        assert_eq!(left.len(), 5);
    }
    assert_sound(&one).await;
}
