//! A store with jobs in every state, awkward names, and graphs of many shapes; the same for
//! the same seed but for ids and times.

use std::time::Duration;

use serde_json::{Value, json};
use taskdb::{Backoff, Claim, NewJob, NewTask, Priority, RunIf, Schedule, TaskDb, TaskDbErr};
use taskdb_testkit::rng::Rng;
use uuid::Uuid;

/// Names that need care.
const NAMES: [&str; 8] =
    ["a:b", "x|y", "{tag}", "with space", "\u{1f600}", "e\u{301}", "\u{e9}", "'\"\\%00"];

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3_600);

/// The worker types of the population.
pub(crate) const TYPES: [&str; 3] = ["cpu", "gpu", "a:ux {1}"];

/// Fills a store with so many jobs and what was done of them.
pub(crate) async fn fill(db: &TaskDb, seed: u64, jobs: u64) {
    let rng = &mut Rng::new(seed);
    let streams = streams(db).await;
    large(db, &streams[0]).await;
    for number in 0..jobs {
        job(db, rng, &streams, number).await;
        if rng.one_in(2) {
            work(db, rng).await;
        }
    }
    for _ in 0..jobs {
        work(db, rng).await;
    }
    for (name, cron) in [("daily", "30 2 * * *"), ("a:b {1}", "@hourly")] {
        let job = NewJob::new("alice", streams[0], value(rng)).retries(1);
        db.put_schedule(&Schedule::new(name, cron, job)).await.expect("a schedule");
    }
    let kept = db.list_jobs(taskdb::JobFilter::default(), None, 3).await.expect("jobs");
    for job in kept {
        db.keep_job(&job.job_id, true).await.expect("a call");
    }
    let last = streams[streams.len() - 1];
    db.pause_stream(&last).await.expect("a pause");
}

async fn streams(db: &TaskDb) -> Vec<Uuid> {
    let mut streams = Vec::new();
    for (index, worker_type) in TYPES.iter().enumerate() {
        for (user, be_mult) in [("alice", 1.0), ("bob", 0.1), ("\u{1f600} {u}:", 17.003_906)] {
            let reserved = i32::try_from(index).expect("a small number");
            streams.push(
                db.create_stream(worker_type, reserved, be_mult, user).await.expect("a stream"),
            );
        }
    }
    let gone = db.create_stream("gone", 0, 1.0, "alice").await.expect("a stream");
    let job = db.create_job(&gone, &json!(0), 0, 60, "alice").await.expect("a job");
    assert!(db.update_task_done(&job, "init", json!("old")).await.expect("a call"));
    db.delete_stream(&gone).await.expect("a deletion");
    let job = db.create_job(&streams[0], &json!(0), 0, 60, "bob").await.expect("a job");
    assert!(db.update_task_done(&job, "init", json!("kept")).await.expect("a call"));
    db.delete_job_with_ttl(&job, 3_600).await.expect("a deletion");
    streams
}

/// A job with payloads as large as they may be.
async fn large(db: &TaskDb, stream: &Uuid) {
    let payload = |letter: &str| json!(letter.repeat((1 << 20) - 2));
    let job = db.create_job(stream, &payload("d"), 0, 60, "bob").await.expect("a job");
    assert!(db.update_task_done(&job, "init", payload("o")).await.expect("a call"));
    let task = NewTask::new("large", *stream, payload("w")).after(["init"]);
    db.create_task_with(&job, task).await.expect("a task");
}

/// A JSON value of many kinds.
pub(crate) fn value(rng: &mut Rng) -> Value {
    match rng.below(8) {
        0 => Value::Null,
        1 => json!(0.1 + 0.2),
        2 => json!([[], {}, "\u{0}", "\u{1f600}"]),
        3 => json!({"z": 1, "a": {"deep": [1, 2.5e-300, u64::MAX]}}),
        4 => json!("x".repeat(usize::try_from(rng.below(5_000)).expect("small"))),
        _ => json!(rng.next()),
    }
}

async fn job(db: &TaskDb, rng: &mut Rng, streams: &[Uuid], number: u64) {
    let user = ["alice", "bob", "\u{1f600} {u}:"][usize::try_from(rng.below(3)).expect("small")];
    let class = Priority::ALL[usize::try_from(rng.below(3)).expect("small")];
    let pick = |rng: &mut Rng| streams[usize::try_from(rng.below(9)).expect("small")];
    let mut new = NewJob::new(user, pick(rng), value(rng)).priority(class).retries(2);
    if rng.one_in(3) {
        new = new.key(format!("key {number}"));
    } else if rng.one_in(5) {
        new = new.key_for(format!("key {number}"), HOUR);
    }
    if rng.one_in(10) {
        new = new.delay(HOUR);
    }
    if rng.one_in(4) {
        new = new.name(NAMES[usize::try_from(rng.below(8)).expect("small")]).label("n", user);
        new = new.label("a:b {\"}", format!("{number}\u{1f600}"));
    }
    let job = db.create_job_with(new).await.expect("a job");
    let mut names = vec!["init".to_owned()];
    let mut tasks = Vec::new();
    for n in 0..rng.below(9) {
        let extra = NAMES[usize::try_from(rng.below(8)).expect("small")];
        let name = format!("{extra}-{n}");
        let known: Vec<String> = names.iter().filter(|_| rng.one_in(3)).cloned().collect();
        let mut task = NewTask::new(name.as_str(), pick(rng), value(rng)).after(known);
        task = task.retries(i32::try_from(rng.below(3)).expect("small")).timeout_secs(3_600);
        if rng.one_in(3) {
            task = task.optional();
        }
        if rng.one_in(3) {
            task = task.run_if(RunIf::AllSettled);
        }
        if rng.one_in(12) {
            task = task.delay(HOUR);
        }
        tasks.push(ruled(rng, task));
        names.push(name);
    }
    db.create_tasks(&job, tasks).await.expect("tasks");
    after(db, rng, &job).await;
}

/// Perhaps with rules for failed attempts, and a time to be started by.
fn ruled(rng: &mut Rng, mut task: NewTask) -> NewTask {
    if rng.one_in(4) {
        let jitter = u8::try_from(rng.below(101)).expect("small");
        task = task.backoff(Backoff::exponential(HOUR, 3 * HOUR).jitter(jitter));
    }
    if rng.one_in(4) {
        task = task.max_losses(u32::try_from(rng.below(4)).expect("small"));
    }
    if rng.one_in(8) {
        task = task.expires_in(2 * HOUR);
    }
    task
}

/// What may happen to a job as a whole.
async fn after(db: &TaskDb, rng: &mut Rng, job: &Uuid) {
    match rng.below(12) {
        0 => db.cancel_job(job).await.expect("a cancel"),
        1 => {
            db.cancel_job(job).await.expect("a cancel");
            db.retry_job(job).await.expect("a replay");
        }
        2 => {
            db.update_task_done(job, "init", value(rng)).await.expect("a call");
            db.delete_job_with_ttl(job, 3_600).await.expect("a deletion");
        }
        3 => {
            db.update_task_failed(job, "init", "broken \u{0}\u{1f600}").await.expect("a call");
        }
        _ => {}
    }
}

/// Claims a task and does something to it.
async fn work(db: &TaskDb, rng: &mut Rng) {
    let kind = TYPES[usize::try_from(rng.below(3)).expect("small")];
    let Some(task) = db.request_work(kind).await.expect("work") else { return };
    let claim: &Claim = &task.claim;
    let done = match rng.below(8) {
        // A worker goes on with it.
        0 => db.progress(claim, 0.3).await,
        1 => db.retry(claim, Duration::ZERO).await,
        2 => db.retry(claim, Duration::from_secs(3_600)).await,
        3 => db.fail(claim, "no luck").await,
        4 => db.release(claim).await,
        _ => db.complete(claim, &value(rng)).await,
    };
    match done {
        Ok(_) | Err(TaskDbErr::ClaimLost { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}
