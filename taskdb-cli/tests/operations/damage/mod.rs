//! Stores that somebody has written into: what is wrong is found by `taskdb audit`, and what
//! follows from the rest is mended by `taskdb audit --repair`.

mod postgres;
mod redis;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::{Claim, JobState, NewTask, StuckTaskInfo, TaskDb};
use uuid::Uuid;

use crate::program;

/// The damage that leaves a task stuck.
const LOST: &str = "a wake-up that was lost";

/// A damage, and what becomes of it.
struct Damage {
    what: &'static str,
    /// The invariant that tells of it.
    breaks: u8,
    /// Whether it is of what is derived, and so mended.
    mended: bool,
    how: &'static str,
}

/// A damage of what is derived.
const fn mends(what: &'static str, breaks: u8, how: &'static str) -> Damage {
    Damage { what, breaks, mended: true, how }
}

/// A damage that can only be told.
const fn tells(what: &'static str, breaks: u8, how: &'static str) -> Damage {
    Damage { what, breaks, mended: false, how }
}

/// What a store holds before it is damaged.
struct Held {
    /// `init` is done, `a` runs, `b` is ready, `c` waits for `a`, `d` for `b` and `c`; the ages
    /// of tasks are 0 to 4.
    job: Uuid,
    /// Of `a`.
    claim: Claim,
    /// A job that is done.
    done: Uuid,
}

async fn fill(db: &TaskDb) -> Held {
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
    let done = db.create_job(&cpu, &json!(1), 0, 600, "alice").await.unwrap();
    let init = db.request_work("cpu").await.unwrap().unwrap();
    db.complete(&init.claim, &json!(1)).await.unwrap();
    let job = db.create_job(&cpu, &json!(1), 0, 600, "alice").await.unwrap();
    let init = db.request_work("cpu").await.unwrap().unwrap();
    let task = |name| NewTask::new(name, cpu, json!(name));
    let tasks = [task("a"), task("b"), task("c").after(["a"]), task("d").after(["b", "c"])];
    db.complete_with_children(&init.claim, &json!("init"), tasks).await.unwrap();
    let claim = db.request_work("cpu").await.unwrap().unwrap().claim;
    assert_eq!((claim.task_id.as_str(), db.audit().await.unwrap()), ("a", vec![]));
    Held { job, claim, done }
}

/// Looks at a damaged store, has it mended, and looks again.
async fn examine(db: &TaskDb, held: &Held, url: &str, damage: &Damage) {
    let Damage { what, breaks, mended, .. } = damage;
    let stuck = db.check_stuck_pending_tasks().await.unwrap();
    assert_eq!(stuck, if *what == LOST { vec![waits_for_nothing(held)] } else { vec![] }, "{what}");
    let (code, found) = audit(url, &["--json"]);
    assert_eq!(code, Some(1), "{what}: nothing was found");
    assert!(invariants(&found).contains(breaks), "{what}: {found}");
    let (code, left) = audit(url, &["--repair", "--json"]);
    if !*mended {
        assert_eq!(code, Some(1), "{what}: {left}");
        assert!(invariants(&left).contains(breaks), "{what} is told no more: {left}");
        return;
    }
    assert_eq!((code, &left["violations"]), (Some(0), &json!([])), "{what}");
    finish(db, held, what).await;
}

/// What is told of `b`, which is pending for no reason.
fn waits_for_nothing(held: &Held) -> StuckTaskInfo {
    StuckTaskInfo {
        job_id: held.job,
        task_id: "b".into(),
        worker_type: "cpu".into(),
        waiting_on: 0,
        actual_deps: 0,
        completed_deps: 0,
        should_be_ready: true,
    }
}

/// A mended store goes on to the end of its work, and no call before it failed.
async fn finish(db: &TaskDb, held: &Held, what: &str) {
    assert!(db.complete(&held.claim, &json!(1)).await.unwrap(), "{what}: the claim holds");
    for _ in 0..3 {
        let wait = db.request_work_batch_wait("cpu", 1, None, Duration::from_secs(5)).await;
        let task = wait.unwrap().pop().unwrap_or_else(|| panic!("{what}: work is missing"));
        db.complete(&task.claim, &json!(1)).await.unwrap();
    }
    for job in [&held.job, &held.done] {
        assert_eq!(db.get_job(job).await.unwrap().state, JobState::Done, "{what}");
    }
    assert_eq!(db.audit().await.unwrap(), [], "{what}");
}

fn audit(url: &str, args: &[&str]) -> (Option<i32>, Value) {
    let ran = program::run(Path::new("/"), &[&["audit"], args].concat(), &[("TASKDB_URL", url)]);
    let document = serde_json::from_str(&ran.stdout);
    (ran.code, document.unwrap_or_else(|why| panic!("{why}: {} {}", ran.stdout, ran.stderr)))
}

fn invariants(document: &Value) -> Vec<u8> {
    let violations = document["violations"].as_array().expect("a list");
    violations.iter().map(|one| one["invariant"].as_u64().expect("a number") as u8).collect()
}
