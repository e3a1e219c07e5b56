//! A server that is killed under load keeps what it has acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use taskdb_core::{JobState, NewJob, NewTask, TaskDb, TaskDbErr};
use taskdb_postgres::Config;
use taskdb_testkit::servers::postgres::Server;
use uuid::Uuid;

use crate::{PATIENCE, assert_sound};

/// How often the server is killed.
const KILLS: usize = 3;
/// How many workers there are.
const WORKERS: usize = 8;

/// What a worker has been told is stored: jobs, and tasks that are done, with their outputs.
#[derive(Default)]
struct Told {
    jobs: Vec<Uuid>,
    done: Vec<(Uuid, String, String)>,
}

/// Creates jobs and works until told to stop; a lost server is no end.
async fn work(db: TaskDb, stream: Uuid, stop: Arc<AtomicBool>) -> Told {
    let mut told = Told::default();
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = step(&db, stream, &mut told).await {
            let passing = matches!(
                error,
                TaskDbErr::Unavailable(_) | TaskDbErr::Unknown(_) | TaskDbErr::ClaimLost { .. }
            );
            assert!(passing, "{error}");
        }
    }
    told
}

async fn step(db: &TaskDb, stream: Uuid, told: &mut Told) -> Result<(), TaskDbErr> {
    let job = NewJob::new("alice", stream, json!({})).id(Uuid::new_v4()).retries(100);
    told.jobs.push(db.create_job_with(job.timeout_secs(1)).await?);
    for task in db.request_work_batch("cpu", 3, None).await? {
        let child = || NewTask::new("child", stream, json!({})).retries(100).timeout_secs(1);
        let children = (task.task_id == "init").then(child);
        // Whose result it is can be told, so one that was refused is not taken for it.
        let output = task.claim.id.to_string();
        if db.complete_with_children(&task.claim, &json!(output), children).await? {
            told.done.push((task.job_id, task.task_id, output));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_kill_9() {
    let mut server = Server::start().expect("a private Postgres server starts");
    let config = Config::from_url(&server.url()).expect("a URL");
    let db = config.connect_timeout(Duration::from_secs(2)).connect().await.expect("it opens");
    let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let mut told = Told::default();
    for _ in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| tokio::spawn(work(db.clone(), stream, Arc::clone(&stop))))
            .collect();
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill();
        stop.store(true, Ordering::Relaxed);
        // The processes of the connections see the end of their parent within moments.
        let end = Instant::now() + PATIENCE;
        while let Err(error) = server.restart() {
            assert!(Instant::now() < end, "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for worker in workers {
            let own = worker.await.expect("a worker ends");
            told.jobs.extend(own.jobs);
            told.done.extend(own.done);
        }
    }
    assert!(!told.done.is_empty(), "nothing was done before the kills");
    check(&db, &told).await;
}

async fn check(db: &TaskDb, told: &Told) {
    for (job, task, output) in &told.done {
        let stored: String = db.get_task_output(job, task).await.expect("an output");
        assert_eq!(&stored, output);
        if task == "init" {
            db.get_task(job, "child").await.expect("it came with the result");
        }
    }
    assert_sound(db).await;
    let end = Instant::now() + PATIENCE;
    while !finished(db, &told.jobs).await {
        assert!(Instant::now() < end, "jobs are stuck");
        db.requeue_tasks(1_000).await.expect("a sweep");
        for task in db.request_work_batch("cpu", 100, None).await.expect("work") {
            let _ = db.complete(&task.claim, &json!("done")).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_sound(db).await;
}

async fn finished(db: &TaskDb, jobs: &[Uuid]) -> bool {
    for job in jobs {
        if db.get_job_state(job, "alice").await.expect("an acknowledged job") != JobState::Done {
            return false;
        }
    }
    true
}
