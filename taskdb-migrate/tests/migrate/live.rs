//! A source that is in use while it is copied, until the cut-over.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use taskdb::store::Gate;
use taskdb::{NewJob, Schedule, TaskDb, TaskDbErr};
use taskdb_migrate::{CopyOptions, Event, SourceGate, Watch, copy};
use taskdb_testkit::rng::Rng;

use crate::drain::drain;
use crate::places::{At, assert_same, carry, source};
use crate::population::{TYPES, fill, value};

/// Works until the store is closed, as applications and workers would.
async fn busy(db: TaskDb, seed: u64) -> u64 {
    let rng = &mut Rng::new(seed);
    let mut calls = 0;
    loop {
        match step(&db, rng).await {
            Ok(()) | Err(TaskDbErr::ClaimLost { .. } | TaskDbErr::InvalidState { .. }) => {
                calls += 1
            }
            Err(TaskDbErr::Closed { .. }) => return calls,
            Err(error) if error.is_not_found() => calls += 1,
            Err(TaskDbErr::JobFinished { .. }) => calls += 1,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn step(db: &TaskDb, rng: &mut Rng) -> taskdb::Result<()> {
    let kind = TYPES[usize::try_from(rng.below(3)).unwrap()];
    match rng.below(12) {
        0..=5 => {
            if let Some(task) = db.request_work(kind).await? {
                db.complete(&task.claim, &value(rng)).await?;
            }
        }
        6 => {
            let stream = db.create_stream(kind, 1, 2.0, "new").await?;
            let job = db.create_job(&stream, &value(rng), 1, 600, "new").await?;
            db.update_task_done(&job, "init", json!("quick")).await?;
        }
        7 if rng.below(2) == 0 => {
            let name = ["daily", "weekly"][usize::try_from(rng.below(2)).unwrap()];
            match rng.below(3) {
                0 => db.delete_schedule(name).await?,
                n => {
                    let stream = db.list_streams(None, 1).await?[0].stream_id;
                    let job = NewJob::new("alice", stream, json!(n));
                    db.put_schedule(&Schedule::new(name, "@weekly", job)).await?;
                }
            }
        }
        7 => {
            let streams = db.list_streams(None, 1_000).await?;
            let stream = &streams[usize::try_from(rng.below(streams.len() as u64)).unwrap()];
            db.update_stream(&stream.stream_id, i32::try_from(rng.below(4)).unwrap(), 1.5).await?;
        }
        _ => {
            let jobs = db.list_jobs(taskdb::JobFilter::default(), None, 1_000).await?;
            if jobs.is_empty() {
                return Ok(());
            }
            let job = jobs[usize::try_from(rng.below(jobs.len() as u64)).unwrap()].job_id;
            match rng.below(6) {
                0 => db.delete_job_with_ttl(&job, 3_600).await?,
                1 => db.delete_job(&job).await?,
                2 => db.cancel_job(&job).await?,
                _ => db.retry_job(&job).await?,
            }
        }
    }
    Ok(())
}

/// Remembers the pause.
#[derive(Default)]
struct Pause(Mutex<Option<Duration>>);

impl Watch for Pause {
    fn tell(&self, event: Event<'_>) {
        if let Event::Pause(pause) = event {
            *self.0.lock().unwrap() = Some(pause);
        }
    }
}

async fn moved_while_busy(from: &str, to: &str, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::of(from, folder.path()), At::of(to, folder.path()));
    let db = old.db().await;
    fill(&db, seed, 100).await;
    let users: Vec<_> = (0..3).map(|n| tokio::spawn(busy(db.clone(), seed + n))).collect();
    let (pause, target) = (Pause::default(), new.place().target().await.unwrap());
    let options = CopyOptions::default();
    let report = copy(source(&old).await, &target, &options, &pause).await.unwrap();
    let mut calls = 0;
    for user in users {
        calls += user.await.unwrap();
    }
    assert!(calls > 0, "nobody was busy");
    let measured = pause.0.lock().unwrap().expect("a pause");
    assert!((measured.as_secs_f64() - report.pause_secs).abs() < 0.001, "{report:?}");
    assert_eq!(db.describe().await.unwrap().gate, Gate::ReadOnly);
    // Apart from claims, which are not honoured by default, nothing differs.
    let again = At::of(from, folder.path());
    carry(&old.place(), &again.place(), &options).await.unwrap();
    assert_same(&again.db().await, &new.db().await, &format!("{from} to {to}")).await;
    drain(&new.db().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_in_use_moves_to_redis() {
    moved_while_busy("sqlite", "redis", 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_in_use_moves_to_postgres() {
    moved_while_busy("redis", "postgres", 21).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_in_use_moves_to_sqlite() {
    moved_while_busy("postgres", "sqlite", 22).await;
}

/// Looks at the target whenever it is told something.
struct Closed(TaskDb, AtomicBool);

impl Watch for Closed {
    fn tell(&self, _: Event<'_>) {
        let (db, handle) = (self.0.clone(), tokio::runtime::Handle::current());
        let work = tokio::task::block_in_place(|| handle.block_on(db.request_work("cpu")));
        assert!(matches!(work, Err(TaskDbErr::Closed { gate: Gate::ReadOnly })), "{work:?}");
        self.1.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_handed_out_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (At::sqlite(folder.path(), "old"), At::sqlite(folder.path(), "new"));
    fill(&old.db().await, 6, 60).await;
    let watch = Closed(new.db().await, AtomicBool::new(false));
    let target = new.place().target().await.unwrap();
    let options = CopyOptions { source_gate: SourceGate::Hold, ..CopyOptions::default() };
    // The last event, the pause, comes when the target is open.
    struct But<'a>(&'a Closed);
    impl Watch for But<'_> {
        fn tell(&self, event: Event<'_>) {
            if !matches!(event, Event::Pause(_)) {
                self.0.tell(event);
            }
        }
    }
    copy(source(&old).await, &target, &options, &But(&watch)).await.unwrap();
    assert!(watch.1.load(Ordering::Relaxed));
    assert!(new.db().await.request_work("cpu").await.unwrap().is_some());
    let gate = old.db().await.describe().await.unwrap().gate;
    assert_eq!(gate, Gate::Open, "held for the cut-over only");
}
