//! A child that is killed at work: eight actors make calls of every kind and tell
//! the parent of each what was acknowledged, and of some that they are about to.
//!
//! A lower-case letter announces a call, the upper-case one acknowledges it; what
//! they mean is in [`ledger`](crate::ledger). Jobs are cancelled, replayed, deleted
//! and added to by their creator only, so that its lines tell their order.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use taskdb::{NewJob, NewTask, ReadyTask, Result, TaskDb, TaskDbErr};
use uuid::Uuid;

use crate::child::{self, Setup, emit};
use crate::kill::USER;
use taskdb_testkit::rng::Rng;

const ACTORS: u64 = 8;
/// With more in hand an actor finishes some first.
const IN_HAND: usize = 6;

/// Makes calls until it is killed.
pub(crate) async fn run() {
    let Setup { path, mut rng, mut commands } = child::begin();
    let db = child::open(&path).await;
    emit("open");
    for _ in 0..ACTORS {
        let (path, rng, db) = (path.clone(), Rng::new(rng.next()), db.clone());
        let actor = tokio::spawn(async move { act(&path, rng, db).await });
        tokio::spawn(async move {
            // Neither an error nor a panic of an actor may go unseen.
            let end = actor.await.map_err(|panic| panic.to_string());
            emit(&format!("! {end:?}"));
        });
    }
    while commands.recv().await.is_some() {}
}

struct Actor {
    db: TaskDb,
    rng: Rng,
    stream_id: Uuid,
    jobs: Vec<Uuid>,
    claimed: Vec<ReadyTask>,
}

async fn act(path: &Path, rng: Rng, shared: TaskDb) -> Result<()> {
    let mut actor =
        Actor { db: shared, rng, stream_id: Uuid::nil(), jobs: Vec::new(), claimed: Vec::new() };
    if actor.rng.percent(25) {
        // Connections of its own, as another process would have.
        actor.db = child::open(path).await;
    }
    let stream = actor.db.get_stream(USER, "cpu").await?;
    actor.stream_id = stream.expect("the parent has made it");
    loop {
        actor.step().await?;
    }
}

impl Actor {
    async fn step(&mut self) -> Result<()> {
        if self.claimed.len() > IN_HAND {
            return self.complete().await;
        }
        match self.rng.below(24) {
            0..4 => self.create_job().await,
            4..7 => self.create_tasks().await,
            7..12 => self.request_work().await,
            12..15 => self.complete().await,
            15 => self.complete_with_children().await,
            16 => self.fail().await,
            17 => self.retry().await,
            18 => self.release().await,
            19 => self.progress().await,
            20 => self.cancel_job().await,
            21 => self.retry_job().await,
            22 => self.delete_job().await,
            _ => self.db.requeue_tasks(10).await.map(drop),
        }
    }

    async fn create_job(&mut self) -> Result<()> {
        let job_id = self.rng.id();
        let job = NewJob::new(USER, self.stream_id, json!({})).retries(100).timeout_secs(1);
        emit(&format!("j {job_id}"));
        self.db.create_job_with(job.id(job_id)).await?;
        emit(&format!("J {job_id}"));
        self.jobs.push(job_id);
        Ok(())
    }

    /// Three tasks of which the last waits for the others; the middle one may fail.
    fn tasks(&mut self) -> (Vec<NewTask>, String) {
        let name = format!("t{:x}", self.rng.next());
        let names = ["a", "b", "c"].map(|part| format!("{name}{part}"));
        let task = |name: &String, optional| {
            let def = json!({"optional": optional});
            NewTask::new(name, self.stream_id, def).retries(100).timeout_secs(1)
        };
        let tasks = vec![
            task(&names[0], false),
            task(&names[1], true).optional(),
            task(&names[2], false).after([&names[0], &names[1]]),
        ];
        (tasks, names.join(","))
    }

    async fn create_tasks(&mut self) -> Result<()> {
        let Some(job_id) = self.rng.take(&mut self.jobs) else { return Ok(()) };
        let (tasks, names) = self.tasks();
        emit(&format!("t {job_id} {names}"));
        let refused = |error: &TaskDbErr| matches!(error, TaskDbErr::JobFinished { .. });
        match self.db.create_tasks(&job_id, tasks).await {
            Ok(()) => emit(&format!("T {job_id} {names}")),
            Err(error) if refused(error.root()) => emit(&format!("N {job_id} {names}")),
            Err(error) => return Err(error),
        }
        self.jobs.push(job_id);
        Ok(())
    }

    async fn request_work(&mut self) -> Result<()> {
        let max = 1 + usize::try_from(self.rng.below(3)).expect("small");
        let wait = Duration::from_millis(self.rng.below(3));
        for task in self.db.request_work_batch_wait("cpu", max, None, wait).await? {
            emit(&line("C", &task));
            self.claimed.push(task);
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<()> {
        let Some(task) = self.rng.take(&mut self.claimed) else { return Ok(()) };
        let output = json!({"n": self.rng.next()});
        if held(self.db.complete(&task.claim, &output).await)? {
            emit(&format!("{} {output}", line("D", &task)));
        }
        Ok(())
    }

    async fn complete_with_children(&mut self) -> Result<()> {
        let Some(task) = self.rng.take(&mut self.claimed) else { return Ok(()) };
        let output = json!({"n": self.rng.next()});
        let (children, names) = self.tasks();
        let job_id = task.job_id;
        emit(&format!("u {job_id} {names}"));
        let done = self.db.complete_with_children(&task.claim, &output, children).await;
        if matches!(&done, Err(error) if matches!(error.root(), TaskDbErr::JobFinished { .. })) {
            emit(&format!("N {job_id} {names}"));
        } else if held(done)? {
            emit(&format!("T {job_id} {names}"));
            emit(&format!("{} {output}", line("D", &task)));
        } else {
            emit(&format!("N {job_id} {names}"));
        }
        Ok(())
    }

    async fn fail(&mut self) -> Result<()> {
        let Some(task) = self.rng.take(&mut self.claimed) else { return Ok(()) };
        if held(self.db.fail(&task.claim, "failed by choice").await)? {
            let kind = if task.task_def["optional"] == true { "optional" } else { "hard" };
            emit(&format!("{} {kind}", line("F", &task)));
        }
        Ok(())
    }

    async fn retry(&mut self) -> Result<()> {
        let Some(task) = self.rng.take(&mut self.claimed) else { return Ok(()) };
        let delay = Duration::from_millis(self.rng.below(2) * 5);
        if held(self.db.retry(&task.claim, delay).await)? {
            emit(&line("E", &task));
        }
        Ok(())
    }

    async fn release(&mut self) -> Result<()> {
        let Some(task) = self.rng.take(&mut self.claimed) else { return Ok(()) };
        if held(self.db.release(&task.claim).await)? {
            emit(&line("E", &task));
        }
        Ok(())
    }

    async fn progress(&mut self) -> Result<()> {
        let Some(task) = self.rng.take(&mut self.claimed) else { return Ok(()) };
        held(self.db.progress(&task.claim, 0.5).await)?;
        self.db.renew(std::slice::from_ref(&task.claim), None).await?;
        self.claimed.push(task);
        Ok(())
    }

    async fn cancel_job(&mut self) -> Result<()> {
        let Some(job_id) = self.rng.take(&mut self.jobs) else { return Ok(()) };
        self.db.cancel_job(&job_id).await?;
        emit(&format!("K {job_id}"));
        self.jobs.push(job_id);
        Ok(())
    }

    async fn retry_job(&mut self) -> Result<()> {
        let Some(job_id) = self.rng.take(&mut self.jobs) else { return Ok(()) };
        emit(&format!("p {job_id}"));
        match self.db.retry_job(&job_id).await {
            Ok(()) | Err(TaskDbErr::InvalidState { .. }) => {}
            Err(error) => return Err(error),
        }
        self.jobs.push(job_id);
        Ok(())
    }

    async fn delete_job(&mut self) -> Result<()> {
        let Some(job_id) = self.rng.take(&mut self.jobs) else { return Ok(()) };
        emit(&format!("x {job_id}"));
        self.db.delete_job(&job_id).await?;
        emit(&format!("X {job_id}"));
        Ok(())
    }
}

fn line(word: &str, task: &ReadyTask) -> String {
    format!("{word} {} {} {}", task.job_id, task.task_id, task.claim.attempt)
}

/// The answer; `false` when the claim was lost, as it may be to `requeue_tasks` or to
/// the end of the job.
fn held(result: Result<bool>) -> Result<bool> {
    match result {
        Err(TaskDbErr::ClaimLost { .. }) => Ok(false),
        other => other,
    }
}
