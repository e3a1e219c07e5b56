//! Work on a real cluster while a slot of it moves and one of its masters dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use taskdb_core::{JobState, ManualClock, NewJob, NewTask, ReadyTask, Result, TaskDb, TaskDbErr};
use taskdb_testkit::servers::redis::Cluster;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::config::Config;
use crate::conn::slot;
use crate::shards::Shards;

const SHARDS: u16 = 3;
const USER: &str = "user";
const WORKERS: usize = 4;
/// How many tasks are done between two events.
const STRETCH: usize = 150;

/// What workers and those who make jobs share.
struct Load {
    db: TaskDb,
    stream: Uuid,
    over: AtomicBool,
    /// Held for writing by who wants no call to be under way.
    calls: RwLock<()>,
    done: watch::Sender<usize>,
    jobs: watch::Sender<Vec<Uuid>>,
}

/// Makes a call again until it has an answer. Before that, callers may be told two things
/// and no other.
async fn insist<T, F: Future<Output = Result<T>>>(load: &Load, call: impl Fn() -> F) -> T {
    loop {
        let _pass = load.calls.read().await;
        match call().await {
            Ok(answer) => return answer,
            Err(TaskDbErr::Unavailable(_) | TaskDbErr::Unknown(_)) => {}
            Err(other) => panic!("callers are told: {other}"),
        }
    }
}

async fn make_jobs(load: Arc<Load>) {
    for number in 0_usize.. {
        if load.over.load(Ordering::Relaxed) {
            break;
        }
        let id = Uuid::new_v4();
        let new = || {
            let new = NewJob::new(USER, load.stream, json!(number)).id(id).retries(9);
            let new = new.timeout_secs(60);
            if number.is_multiple_of(3) { new.key(format!("key-{number}")) } else { new }
        };
        insist(&load, || load.db.create_job_with(new())).await;
        load.jobs.send_modify(|jobs| jobs.push(id));
        // Some way ahead of the workers, not more.
        let mut done = load.done.subscribe();
        while load.jobs.borrow().len() > *done.borrow_and_update() / 4 + 20 {
            let more = tokio::time::timeout(Duration::from_millis(100), done.changed()).await;
            if more.is_err() && load.over.load(Ordering::Relaxed) {
                break;
            }
        }
    }
}

async fn finish(load: &Load, task: &ReadyTask) {
    let of = |name: &str| NewTask::new(name, load.stream, json!(name)).retries(9).timeout_secs(60);
    let output = json!(task.task_id.len());
    let accepted = if task.task_id == "init" {
        let children = || [of("a"), of("b"), of("end").after(["a", "b"])];
        insist(load, || load.db.complete_with_children(&task.claim, &output, children())).await
    } else {
        insist(load, || load.db.complete(&task.claim, &output)).await
    };
    assert!(accepted);
    load.done.send_modify(|done| *done += 1);
}

async fn work(load: Arc<Load>) {
    while !load.over.load(Ordering::Relaxed) {
        if let Some(task) = insist(&load, || load.db.request_work_wait("cpu", 1)).await {
            finish(&load, &task).await;
        }
    }
}

/// Waits for so many more tasks to be done.
async fn go_on(load: &Load) {
    let mut done = load.done.subscribe();
    let goal = *done.borrow() + STRETCH;
    let reached = done.wait_for(|done| *done >= goal);
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("work goes on").unwrap();
}

async fn load_on(config: Config) -> (Arc<Load>, JoinSet<()>) {
    let db = config.connect().await.unwrap();
    let stream = db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let load = Arc::new(Load {
        db,
        stream,
        over: AtomicBool::new(false),
        calls: RwLock::new(()),
        done: watch::Sender::new(0),
        jobs: watch::Sender::new(Vec::new()),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..WORKERS {
        tasks.spawn(work(Arc::clone(&load)));
    }
    tasks.spawn(make_jobs(Arc::clone(&load)));
    (load, tasks)
}

/// Does what is left, claims that were lost with their answers included.
async fn drain(load: &Load, clock: &ManualClock) {
    clock.advance(Duration::from_secs(3_600));
    insist(load, || load.db.requeue_tasks(1_000)).await;
    loop {
        let tasks = insist(load, || load.db.request_work_batch("cpu", 100, None)).await;
        if tasks.is_empty() {
            return;
        }
        for task in tasks {
            finish(load, &task).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_moves_and_a_master_dies_under_load() {
    let mut cluster = Cluster::start(3, true).unwrap();
    let clock = ManualClock::default();
    let config = Config::from_url(&cluster.url()).unwrap().shards(SHARDS);
    let config = config.response_timeout(Duration::from_secs(20));
    let config = config.clock(Some(Arc::new(clock.clone())));
    let shards = Shards::new(&config.namespace, SHARDS);
    let slots: Vec<u16> = shards.metas().map(slot).collect();
    let masters: Vec<usize> = slots.iter().map(|slot| cluster.master_of(*slot)).collect();
    assert_eq!(masters, [0, 1, 2]);
    let (load, mut tasks) = load_on(config.clone()).await;
    go_on(&load).await;

    // The first shard joins the second one on its master.
    cluster = tokio::task::spawn_blocking(move || {
        cluster.move_slot(slots[0], 1).unwrap();
        cluster
    })
    .await
    .unwrap();
    go_on(&load).await;

    // Nothing that was acknowledged is lost: the replica has it all when the master dies.
    let quiet = load.calls.write().await;
    cluster.masters[1].wait_for_replica().unwrap();
    cluster.masters[1].kill();
    drop(quiet);
    go_on(&load).await;

    load.over.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    drain(&load, &clock).await;
    // A handle that starts from what is left of the cluster sees the same.
    let other = config.connect().await.unwrap();
    for job in load.jobs.borrow().iter() {
        assert_eq!(other.get_job_state(job, USER).await.unwrap(), JobState::Done, "{job}");
    }
    assert_eq!(other.audit().await.unwrap(), []);
}
