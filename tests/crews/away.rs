//! A store that goes away under load: its worker waits without spinning, and is back at
//! once when the store is.

use std::time::{Duration, Instant};

use taskdb::{JobState, TaskDb};
use uuid::Uuid;

use crate::child::{Child, note};
use crate::mix;
use crate::place::{Place, Streams, USER};

/// Enough that they are not done before the server goes.
const TASKS: usize = 1_000;
/// Tasks that a rate is taken over.
const SAMPLE: u64 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_locked_under_load() {
    away(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_goes_away_under_load() {
    away(Place::redis()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_goes_away_under_load() {
    away(Place::postgres()).await;
}

async fn away(mut place: Place) {
    let seconds =
        std::env::var("TASKDB_AWAY_SECS").map_or(3, |text| text.parse().expect("a number"));
    let away = Duration::from_secs(seconds);
    let db = place.connect().await;
    let streams = Streams::of(&db).await;
    let job = db.create_job(&streams.cpu, &mix::slow_definition(1), mix::RETRIES, 60, USER).await;
    let job = job.expect("a job");
    let tasks = (0..TASKS).map(|number| mix::slow(format!("t{number}"), streams, 10));
    db.create_tasks(&job, tasks).await.expect("tasks");
    let worker = Child::spawn(&place.url(), Duration::from_secs(5));
    worker.ready().await;
    while done(&db, &job).await < 50 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let rate_before = rate(&db, &job).await;
    place.kill();
    // The calls under way find out, and the first pauses are short.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (before, start) = (worker.cpu(), Instant::now());
    tokio::time::sleep(away).await;
    let share = (worker.cpu() - before).as_secs_f64() / start.elapsed().as_secs_f64();
    assert!(share < 0.02, "{:.1} % of a processor while the server is away", share * 100.0);
    place.restart();
    let back = Instant::now();
    let db = place.connect().await;
    let already = done(&db, &job).await;
    while done(&db, &job).await <= already {
        assert!(
            back.elapsed() < Duration::from_secs(2),
            "nothing is done after {:?}",
            back.elapsed()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = back.elapsed();
    let rate = rate(&db, &job).await;
    note(&format!(
        "{away:?} away, {:.2} % of a processor; work went on {took:?} after the return, {rate:.0} tasks/s after {rate_before:.0}",
        share * 100.0
    ));
    // A fifth leaves room for whatever else the machine does.
    assert!(rate > rate_before / 5.0, "{rate:.0} tasks/s after {rate_before:.0}");
    while db.get_job(&job).await.expect("a job").state == JobState::Running {
        assert!(back.elapsed() < Duration::from_secs(60), "the job does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(db.get_job(&job).await.expect("a job").state, JobState::Done);
    worker.signal(rustix::process::Signal::TERM);
    assert!(worker.ended().await.0.success());
    assert_eq!(db.audit().await.expect("an audit"), []);
}

/// Tasks a second, over the next few.
async fn rate(db: &TaskDb, job: &Uuid) -> f64 {
    let (start, already) = (Instant::now(), done(db, job).await);
    while done(db, job).await < already + SAMPLE {
        assert!(start.elapsed() < Duration::from_secs(60), "work does not go on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (done(db, job).await - already) as f64 / start.elapsed().as_secs_f64()
}

async fn done(db: &TaskDb, job: &Uuid) -> u64 {
    let job = db.get_job(job).await.expect("a job");
    job.tasks - job.unresolved
}
