//! A workflow in the style of a prover: two users with reservations, an executor that plans
//! while segments come out of it, provers, and joiners up to the final result.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taskdb::planner::task::{Command, Task};
use taskdb::planner::{Planner, submit};
use taskdb::worker::{Context, Result};
use taskdb::{INIT_TASK, JobState, NewTask, TaskDb, Worker};
use uuid::Uuid;

use crate::servers::{Kind, Servers};

/// The users: reserved workers of each type, and how many segments their program has.
const USERS: [(&str, i32, u64); 2] = [("alice", 2, 23), ("bob", 1, 8)];
/// The worker types.
const TYPES: [&str; 3] = ["exec", "prove", "join"];
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(servers: Arc<Servers>, kind: Kind) {
    let db = servers.open(kind).await;
    assert_eq!(prove_all(&db).await, expected());
    assert_eq!(db.audit().await.expect("an audit"), []);
}

/// What comes out: all segments of each user, in their order.
pub(crate) fn expected() -> Vec<Vec<u64>> {
    USERS.map(|(.., segments)| (0..segments).collect()).to_vec()
}

/// Runs a job for each user, with a worker for each type, and returns their results.
pub(crate) async fn prove_all(db: &TaskDb) -> Vec<Vec<u64>> {
    let mut jobs = Vec::new();
    for (user, reserved, segments) in USERS {
        for worker_type in TYPES {
            db.create_stream(worker_type, reserved, 1.0, user).await.expect("a stream");
        }
        let exec = db.get_stream(user, "exec").await.expect("an answer").expect("a stream");
        let job = db.create_job(&exec, &json!(segments), 3, 60, user).await.expect("a job");
        jobs.push((job, user));
    }
    let workers = [
        Worker::new(db.clone()).on("exec", execute),
        Worker::new(db.clone()).on("prove", prove),
        Worker::new(db.clone()).on("join", join),
    ];
    let stops = workers.each_ref().map(Worker::stop);
    let workers = workers.map(|worker| tokio::spawn(worker.run()));
    let mut results = Vec::new();
    for (job, user) in jobs {
        results.push(result(db, &job, user).await);
    }
    for stop in stops {
        stop.drain();
    }
    for worker in workers {
        worker.await.expect("it ends").expect("it ends well");
    }
    results
}

async fn result(db: &TaskDb, job: &Uuid, user: &str) -> Vec<u64> {
    let end = Instant::now() + PATIENCE;
    while db.get_job_state(job, user).await.expect("a state") == JobState::Running {
        assert!(Instant::now() < end, "the job of {user} does not end");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let last: String = db.get_task_output(job, INIT_TASK).await.expect("the name of the last");
    db.get_task_output(job, &last).await.expect("the last output")
}

/// Runs the program, and plans each segment as soon as it is there.
async fn execute(segments: u64, cx: Context) -> Result<String> {
    let mut planner = Planner::default();
    let (prove, join) = (cx.stream_for("prove").await?, cx.stream_for("join").await?);
    let to_task = |task: &Task| {
        let inputs = task.depends_on.iter().chain(&task.keccak_depends_on);
        let after = inputs.map(|number| format!("task-{number}"));
        let stream = if task.command == Command::Segment { prove } else { join };
        NewTask::new(format!("task-{}", task.task_number), stream, json!(task.task_number))
            .after(after)
            .retries(3)
    };
    for segment in 0..segments {
        planner.enqueue_segment()?;
        submit(cx.db(), cx.job_id(), &mut planner, to_task).await?;
        cx.progress((segment + 1) as f32 / segments as f32);
    }
    let last = planner.finish()?;
    submit(cx.db(), cx.job_id(), &mut planner, to_task).await?;
    Ok(format!("task-{last}"))
}

/// Proves a segment, which is told by how many segments were planned before it.
async fn prove(number: u64, cx: Context) -> Result<Vec<u64>> {
    let mut planner = Planner::default();
    let mut segments = 0;
    loop {
        let next = planner.enqueue_segment()? as u64;
        if next == number {
            cx.progress(1.0);
            return Ok(vec![segments]);
        }
        segments += 1;
    }
}

/// Puts proofs together, in their order.
async fn join(_: Value, cx: Context) -> Result<Vec<u64>> {
    Ok(cx.outputs_as::<Vec<u64>>().await?.concat())
}
