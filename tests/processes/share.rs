//! Several processes that work on one file: every job ends as planned, and every
//! result is accepted once.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use taskdb::{JobState, NewJob, TaskDb, TaskState};
use uuid::Uuid;

use crate::child::{self, Child, Role};
use crate::plan::{self, PLANNED, Plan, RETRIES, Streams};
use taskdb_testkit::rng::{self, Rng};

const JOBS: u64 = 360;
const CHILDREN: u64 = 3;
/// By far more than the work takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_file() {
    let seed = rng::seed();
    println!("TASKDB_SEED={seed}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shared.db");
    let db = child::open(&path).await;
    let mut jobs = create(&db, 0..JOBS / 2).await;
    let mut children = start(&path, seed).await;
    let began = Instant::now();
    // The other half comes while others work.
    jobs.extend(create(&db, JOBS / 2..JOBS).await);
    wait_for_all(&db, &jobs).await;
    let took = began.elapsed();
    let mut lines = Vec::new();
    for child in children.drain(..) {
        lines.extend(child.end().await);
    }
    let report = Report::read(&lines);
    for (job_id, plan) in &jobs {
        check(&db, job_id, plan, &report).await;
    }
    let done: usize = jobs.iter().map(|(_, plan)| count(plan, TaskState::Done)).sum();
    assert_eq!(report.accepted.len(), done, "what was accepted is done");
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), []);
    println!("{done} completions by {CHILDREN} processes in {took:?}, {} lost", report.lost);
}

/// Creates the jobs of these numbers for two users in turn.
async fn create(db: &TaskDb, numbers: std::ops::Range<u64>) -> Vec<(Uuid, Plan)> {
    let mut jobs = Vec::new();
    for number in numbers {
        let (user, weight) = if number % 4 < 2 { ("alice", 1.0) } else { ("bob", 2.5) };
        let cpu = db.get_or_create_stream("cpu", 1, weight, user).await.expect("a stream");
        let gpu = db.get_or_create_stream("gpu", 0, weight, user).await.expect("a stream");
        let plan = plan::plan(number, Streams { cpu, gpu });
        let mut job =
            NewJob::new(user, cpu, plan.definition.clone()).retries(RETRIES).timeout_secs(1);
        if plan.cancelled {
            job = job.delay(Duration::from_secs(600));
        }
        let job_id = db.create_job_with(job).await.expect("a job");
        if !plan.added.is_empty() {
            let added = plan.added.iter().map(plan::new_task);
            db.create_tasks(&job_id, added).await.expect("tasks");
        }
        if plan.cancelled {
            db.cancel_job(&job_id).await.expect("cancelling works");
        }
        jobs.push((job_id, plan));
    }
    jobs
}

async fn start(path: &Path, seed: u64) -> Vec<Child> {
    let mut rng = Rng::new(seed);
    let mut children: Vec<_> =
        (0..CHILDREN).map(|_| Child::spawn(Role::Worker, path, rng.next() >> 1)).collect();
    for child in &mut children {
        child.ready().await;
    }
    children
}

/// Waits until no job runs, and sees meanwhile that no task is stuck.
async fn wait_for_all(db: &TaskDb, jobs: &[(Uuid, Plan)]) {
    let end = Instant::now() + PATIENCE;
    let mut left: Vec<Uuid> = jobs.iter().map(|(job_id, _)| *job_id).collect();
    while let Some(job_id) = left.last() {
        if db.get_job(job_id).await.expect("it exists").state != JobState::Running {
            left.pop();
            continue;
        }
        assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), []);
        db.requeue_tasks(50).await.expect("requeuing works");
        if Instant::now() > end {
            let tasks = db.list_tasks(job_id, None, None, 100).await.expect("its tasks");
            panic!("job {job_id} does not end: {tasks:#?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the children say was accepted of them.
struct Report {
    /// The attempt and the claim of each completion.
    accepted: HashMap<(Uuid, String), (u64, String)>,
    failed: HashMap<(Uuid, String), u64>,
    lost: usize,
}

impl Report {
    fn read(lines: &[String]) -> Self {
        let mut report = Self { accepted: HashMap::new(), failed: HashMap::new(), lost: 0 };
        for line in lines {
            let words: Vec<_> = line.split(' ').collect();
            let task = || (words[1].parse().expect("an id"), words[2].to_owned());
            let attempt = || words[3].parse().expect("a number");
            let earlier = match words[0] {
                "accepted" => {
                    let claim = (attempt(), words[4].to_owned());
                    report.accepted.insert(task(), claim).map(|(attempt, _)| attempt)
                }
                "failed" => report.failed.insert(task(), attempt()),
                _ => {
                    report.lost += 1;
                    None
                }
            };
            assert_eq!(earlier, None, "accepted twice: {line}");
        }
        report
    }
}

async fn check(db: &TaskDb, job_id: &Uuid, plan: &Plan, report: &Report) {
    let job = db.get_job(job_id).await.expect("it exists");
    assert_eq!(job.state, plan.state, "{job:?}");
    assert_eq!(job.tasks, u64::try_from(plan.tasks.len()).expect("small"), "{job:?}");
    for (task_id, state) in &plan.tasks {
        let task = db.get_task(job_id, task_id).await.expect("it exists");
        assert_eq!(task.state, *state, "{task:?}");
        let key = (*job_id, task_id.clone());
        let accepted = report.accepted.get(&key);
        match state {
            TaskState::Done => {
                let (attempt, claim) = accepted.expect("somebody completed it");
                assert_eq!(*attempt, task.attempt, "{task:?}");
                let output: Value = db.get_task_output(job_id, task_id).await.expect("an output");
                assert_eq!(output["claim"], claim.as_str(), "{task:?}");
            }
            TaskState::Failed => {
                assert_eq!(report.failed.get(&key), Some(&task.attempt), "{task:?}");
                assert_eq!(task.error.as_deref(), Some(PLANNED));
            }
            _ => assert_eq!(accepted, None, "{task:?}"),
        }
    }
}

fn count(plan: &Plan, state: TaskState) -> usize {
    plan.tasks.iter().filter(|(_, end)| *end == state).count()
}
