//! A child that works as real workers do: in time, late, twice, or not at all.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taskdb::{ReadyTask, Result, TaskDb, TaskDbErr};

use crate::child::{self, Setup, emit};
use crate::plan::{PLANNED, new_task};
use taskdb_testkit::rng::Rng;

const ACTORS: u64 = 4;
const TYPES: [&str; 2] = ["cpu", "gpu"];

/// Works until the parent closes the input.
pub(crate) async fn run() {
    let Setup { path, mut rng, mut commands } = child::begin();
    let stop = Arc::new(AtomicBool::new(false));
    let actors: Vec<_> = (0..ACTORS)
        .map(|_| (path.clone(), Rng::new(rng.next()), Arc::clone(&stop)))
        .map(|(path, rng, stop)| tokio::spawn(async move { act(&path, rng, &stop).await }))
        .collect();
    while commands.recv().await.is_some() {}
    stop.store(true, Ordering::Relaxed);
    for actor in actors {
        actor.await.expect("an actor ends well");
    }
}

struct Actor {
    db: TaskDb,
    rng: Rng,
    /// Tasks that it seems to have forgotten, and since when.
    late: Vec<(Instant, ReadyTask)>,
}

async fn act(path: &Path, rng: Rng, stop: &AtomicBool) {
    let mut actor = Actor { db: child::open(path).await, rng, late: Vec::new() };
    while !stop.load(Ordering::Relaxed) {
        let tasks = actor.ask().await.expect("asking for work works");
        if tasks.is_empty() || actor.rng.percent(5) {
            actor.db.requeue_tasks(20).await.expect("requeuing works");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for task in tasks {
            actor.handle(task).await;
        }
        if actor.late.first().is_some_and(|(since, _)| since.elapsed().as_millis() > 1_100) {
            let (_, task) = actor.late.remove(0);
            actor.finish(task).await;
        }
    }
}

impl Actor {
    async fn ask(&mut self) -> Result<Vec<ReadyTask>> {
        let worker_type = TYPES[usize::from(self.rng.percent(50))];
        let max = 1 + usize::try_from(self.rng.below(4)).expect("small");
        let lease = self.rng.percent(30).then_some(Duration::from_millis(700));
        let wait = Duration::from_millis(self.rng.below(60));
        match self.rng.below(4) {
            0 => Ok(self.db.request_work(worker_type).await?.into_iter().collect()),
            1 => {
                let claim_id = self.rng.id();
                let first = self.db.request_work_as(worker_type, claim_id, lease).await?;
                Ok(first.into_iter().collect())
            }
            2 => self.db.request_work_batch(worker_type, max, lease).await,
            _ => self.db.request_work_batch_wait(worker_type, max, lease, wait).await,
        }
    }

    async fn handle(&mut self, task: ReadyTask) {
        match self.rng.below(100) {
            0..3 => self.late.push((Instant::now(), task)),
            3..7 => {
                held(self.db.release(&task.claim).await);
            }
            roll => {
                if roll < 25 {
                    held(self.db.progress(&task.claim, 0.5).await);
                    let claims = std::slice::from_ref(&task.claim);
                    let renewed = self.db.renew(claims, None).await.expect("renewing works");
                    assert!(renewed.into_iter().map(held).count() == 1, "an answer for the entry");
                }
                self.finish(task).await;
            }
        }
    }

    /// Does what the definition says.
    async fn finish(&mut self, task: ReadyTask) {
        if i64::from(task.retries) < task.task_def["retry"].as_i64().unwrap_or(0) {
            let delay = Duration::from_millis(self.rng.below(2) * 40);
            held(self.db.retry(&task.claim, delay).await);
            return;
        }
        let ReadyTask { job_id, task_id, claim, .. } = &task;
        if task.task_def["end"] == "fail" {
            if held(self.db.fail(claim, PLANNED).await) == Some(true) {
                emit(&format!("failed {job_id} {task_id} {}", claim.attempt));
            }
            return;
        }
        let output = json!({"attempt": claim.attempt, "claim": claim.id.to_string()});
        if held(self.complete(&task, &output).await) == Some(true) {
            emit(&format!("accepted {job_id} {task_id} {} {}", claim.attempt, claim.id));
            if self.rng.percent(10) {
                self.insist(&task, &output).await;
            }
        } else {
            emit("lost");
        }
    }

    async fn complete(&mut self, task: &ReadyTask, output: &Value) -> Result<bool> {
        if let Some(children) = task.task_def["children"].as_array() {
            let children = children.iter().map(new_task);
            return self.db.complete_with_children(&task.claim, output, children).await;
        }
        if self.rng.percent(50) {
            return self.db.complete(&task.claim, output).await;
        }
        let batch = [(task.claim.clone(), output.clone())];
        self.db.complete_batch(batch).await?.pop().expect("an answer for the entry")
    }

    /// Repeats an accepted completion, which is the same again, and another, which is not.
    async fn insist(&self, task: &ReadyTask, output: &Value) {
        let again = self.db.complete(&task.claim, output).await;
        assert!(matches!(again, Ok(true)), "repeated: {again:?}");
        let other = self.db.complete(&task.claim, &json!("other")).await;
        assert!(matches!(other, Err(TaskDbErr::ClaimLost { .. })), "another: {other:?}");
    }
}

/// The answer while the claim held, `None` when it was lost; nothing else may go wrong.
fn held<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(answer) => Some(answer),
        Err(TaskDbErr::ClaimLost { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}
