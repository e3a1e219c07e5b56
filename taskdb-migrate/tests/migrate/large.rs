//! Many tasks go from store to store, and what is open among them is done at the last one.
//! How many is said by `TASKDB_MIGRATE_TASKS`: a few thousand, unless somebody has time.

use std::collections::BTreeMap;

use serde_json::json;
use taskdb::record::{JobRecord, Record, StreamRecord, TaskRecord};
use taskdb::{
    Backoff, CanonicalJson, JobState, Priority, Rules, RunIf, TaskDb, TaskState, Timestamp,
};
use taskdb_migrate::{Adapt, CopyOptions, Silent, verify};
use uuid::Uuid;

use crate::places::{At, carry, source};

/// Tasks of a job: each waits for the one at half its place.
const PER_JOB: u64 = 100;
/// Of so many jobs, one is open with the second half of its tasks.
const ONE_OPEN_IN: u64 = 50;

const STREAM: Uuid = Uuid::from_u128(7);
const AT: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn stream() -> Record {
    Record::Stream(StreamRecord {
        stream_id: STREAM,
        age: 0,
        worker_type: "cpu".into(),
        user_id: "alice".into(),
        reserved: 1,
        be_mult: 1.0,
        paused: false,
        deleted: false,
        derived: None,
    })
}

fn is_open(number: u64) -> bool {
    number % ONE_OPEN_IN == ONE_OPEN_IN - 1
}

fn job_id(number: u64) -> Uuid {
    Uuid::from_u64_pair(3, number)
}

fn job(number: u64) -> Record {
    Record::Job(JobRecord {
        job_id: job_id(number),
        age: number,
        user_id: "alice".into(),
        state: if is_open(number) { JobState::Running } else { JobState::Done },
        error: None,
        priority: Priority::Medium,
        key: None,
        name: Some(format!("job {number}")),
        labels: BTreeMap::from([("batch".to_owned(), (number / 100).to_string())]),
        keep: false,
        created_at: AT,
        started_at: Some(AT),
        updated_at: AT,
        derived: None,
    })
}

fn name(age: u64) -> String {
    if age == 0 { "init".to_owned() } else { format!("task-{age}") }
}

fn task(number: u64, age: u64) -> Record {
    let done = !is_open(number) || age < PER_JOB / 2;
    let ready = age == 0 || age / 2 < PER_JOB / 2;
    let prerequisites = if age == 0 { Vec::new() } else { vec![name(age / 2)] };
    let rules = Rules { backoff: Backoff::NONE, max_losses: age.is_multiple_of(10).then_some(3) };
    Record::Task(Box::new(TaskRecord {
        job_id: job_id(number),
        task_id: name(age),
        age,
        stream_id: STREAM,
        state: match (done, ready) {
            (true, _) => TaskState::Done,
            (false, true) => TaskState::Ready,
            (false, false) => TaskState::Pending,
        },
        definition: CanonicalJson::new(&json!({"n": number * PER_JOB + age})),
        prerequisites,
        optional: false,
        run_if: RunIf::AllDone,
        tolerated: false,
        max_retries: 3,
        retries: 0,
        losses: 0,
        attempt: u64::from(done),
        timeout_secs: 300,
        rules,
        progress: 0.0,
        output: done.then(|| CanonicalJson::new(&json!(2 * (number * PER_JOB + age)))),
        error: None,
        claim: None,
        start_at: None,
        start_by: None,
        created_at: AT,
        started_at: done.then_some(AT),
        updated_at: AT,
        derived: None,
    }))
}

async fn fill(db: &TaskDb, jobs: u64) {
    db.import(vec![stream()]).await.unwrap();
    for number in 0..jobs {
        let tasks = (0..PER_JOB).map(|age| task(number, age));
        db.import(std::iter::once(job(number)).chain(tasks).collect()).await.unwrap();
    }
}

/// Does what is open: doubles the numbers.
async fn work(db: &TaskDb) -> u64 {
    let mut done = 0;
    while let Some(task) = db.request_work("cpu").await.unwrap() {
        let n = task.task_def["n"].as_u64().expect("a number");
        db.complete(&task.claim, &json!(2 * n)).await.unwrap();
        done += 1;
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_move_and_are_done_at_the_end() {
    let wanted: u64 =
        std::env::var("TASKDB_MIGRATE_TASKS").map_or(5_000, |text| text.parse().expect("a number"));
    let (folder, jobs) = (tempfile::tempdir().unwrap(), wanted / PER_JOB);
    let mut at = At::sqlite(folder.path(), "first");
    fill(&at.db().await, jobs).await;
    for kind in ["redis", "postgres"] {
        let next = At::of(kind, folder.path());
        let report = carry(&at.place(), &next.place(), &CopyOptions::default()).await.unwrap();
        assert_eq!(report.counts.tasks(), jobs * PER_JOB);
        let target = next.place().target().await.unwrap();
        let found = verify(source(&at).await, &target, &Adapt::nothing(), &Silent).await.unwrap();
        assert!(found.is_clean(), "{}", found.complaint());
        at = next;
    }
    let db = at.db().await;
    let open = jobs / ONE_OPEN_IN;
    assert_eq!(work(&db).await, open * PER_JOB / 2);
    for number in (0..jobs).filter(|number| is_open(*number)) {
        let job = job_id(number);
        assert_eq!(db.get_job_state(&job, "alice").await.unwrap(), JobState::Done);
        for age in 0..PER_JOB {
            let output: u64 = db.get_task_output(&job, &name(age)).await.unwrap();
            assert_eq!(output, 2 * (number * PER_JOB + age));
        }
    }
    assert_eq!(db.audit().await.unwrap(), []);
}
