//! A process is killed in the middle of its calls, again and again, on one file;
//! whatever it had acknowledged is there afterwards.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use taskdb::{JobState, TaskDb, TaskState};

use crate::child::{self, Child, Role};
use crate::ledger::Ledger;
use taskdb_testkit::rng::{self, Rng};

/// The owner of all jobs of the storm.
pub(crate) const USER: &str = "storm";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments() {
    let seed = rng::seed();
    let rounds =
        std::env::var("TASKDB_KILL_ROUNDS").map_or(50, |text| text.parse().expect("a number"));
    println!("TASKDB_SEED={seed} TASKDB_KILL_ROUNDS={rounds}");
    let began = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("killed.db");
    child::open(&path).await.create_stream("cpu", 0, 1.0, USER).await.expect("a stream");
    let mut rng = Rng::new(seed);
    let mut ledger = Ledger::default();
    for round in 0..rounds {
        let lines = storm(&path, &mut rng, round % 5 == 0).await;
        let touched = ledger.take(&lines);
        let db = child::open(&path).await;
        ledger.check(&db, &touched).await;
        assert_eq!(db.audit().await.expect("an audit"), [], "round {round}");
        assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), [], "round {round}");
        if round % 10 == 9 {
            assert_eq!(integrity(&path), "ok", "round {round}");
        }
    }
    let db = child::open(&path).await;
    drain(&db).await;
    ledger.check(&db, &ledger.jobs()).await;
    for job_id in ledger.jobs() {
        if let Ok(job) = db.get_job(&job_id).await {
            assert_ne!(job.state, JobState::Running, "nothing of it is left: {job:?}");
        }
    }
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(integrity(&path), "ok");
    for kind in ["J", "T", "C", "D", "F", "E", "K", "X"].into_iter().take_while(|_| rounds >= 20) {
        assert!(ledger.lines.contains_key(kind), "nobody has acknowledged a {kind}");
    }
    println!("{rounds} rounds in {:?}, lines by kind: {:?}", began.elapsed(), ledger.lines);
}

/// Runs a child for a random time and kills it; returns what it had to say.
async fn storm(path: &Path, rng: &mut Rng, while_it_opens: bool) -> Vec<String> {
    let mut child = Child::spawn(Role::Storm, path, rng.next() >> 1);
    if while_it_opens {
        tokio::time::sleep(Duration::from_millis(rng.below(30))).await;
    } else {
        child.ready().await;
        assert_eq!(child.line().await.as_deref(), Some("open"));
        tokio::time::sleep(Duration::from_millis(20 + rng.below(130))).await;
    }
    let mut lines = child.kill().await;
    lines.retain(|line| line != "open");
    lines
}

/// What SQLite itself thinks of the file.
fn integrity(path: &Path) -> String {
    let file = rusqlite::Connection::open(path).expect("the file opens");
    file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("an answer")
}

/// Works until nothing is left; what killed processes had claimed expires after 1 s.
async fn drain(db: &TaskDb) {
    let end = Instant::now() + Duration::from_secs(30);
    while live(db).await > 0 {
        assert!(Instant::now() < end, "{} tasks are stuck", live(db).await);
        db.requeue_tasks(1_000).await.expect("requeuing works");
        let tasks = db.request_work_batch("cpu", 1_000, None).await.expect("work");
        if tasks.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for some in tasks.chunks(100) {
            let outputs = some.iter().map(|task| (task.claim.clone(), json!("drained")));
            for answer in db.complete_batch(outputs).await.expect("a batch") {
                // It may have taken more than the second that a claim lasts; then it comes again.
                let lost = matches!(answer, Err(taskdb::TaskDbErr::ClaimLost { .. }));
                assert!(lost || matches!(answer, Ok(true)), "{answer:?}");
            }
        }
    }
}

/// How many tasks have not ended.
async fn live(db: &TaskDb) -> u64 {
    let counts = db.get_task_state_counts().await.expect("counts");
    let live = [TaskState::Pending, TaskState::Ready, TaskState::Running].map(|s| s.to_string());
    counts.iter().filter(|c| live.contains(&c.state)).map(|c| c.count).sum()
}
