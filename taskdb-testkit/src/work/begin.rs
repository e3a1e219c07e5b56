//! What is there before a piece of work: some tasks of one job, or of many.

use std::sync::Arc;

use serde_json::json;
use taskdb_core::record::Record;
use taskdb_core::request::{ClaimedTask, RequestWork};
use taskdb_core::{Claim, NewTask, SystemClock, TaskDb};
use uuid::Uuid;

use crate::model::Model;
use crate::rng::Rng;

pub(super) const USER: &str = "user";
pub(super) const CPU: &str = "cpu";

/// What is there, but for the stream that always is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Begin {
    /// Nothing.
    Empty,
    /// A job whose `init` is claimed, and so many tasks of it that are ready.
    Ready(usize),
    /// The same, claimed with `init` before them.
    Running(usize),
    /// The same, and `total`, which waits for them all.
    FanIn(usize),
    /// The same, and these are done: `total` is ready.
    Inputs(usize),
    /// The same as running, and all of it is due to be taken away.
    Overdue(usize),
    /// A job whose `init` is claimed, and so many tasks that wait for it.
    Waiting(usize),
    /// The same after `init` has failed.
    Failed(usize),
    /// A job each of so many users.
    Streams(usize),
    /// Not even a stream, and the records of so many tasks from elsewhere.
    Records(usize),
}

/// What calls work on.
#[derive(Debug, Default)]
pub struct Scene {
    pub(super) stream: Uuid,
    pub(super) job: Uuid,
    /// That of `init` first, where it is claimed.
    pub(super) claims: Vec<Claim>,
    pub(super) records: Vec<Record>,
}

/// The name of a task by its number.
pub(super) fn name(number: usize) -> String {
    format!("task {number}")
}

/// Tasks from one number to another, without the other.
pub(super) fn tasks(stream: Uuid, from: usize, to: usize) -> impl Iterator<Item = NewTask> {
    let task = move |n| NewTask::new(name(n), stream, json!({"n": n})).retries(3).timeout_secs(600);
    (from..to).map(task)
}

impl Begin {
    pub(super) async fn set(self, db: &TaskDb) -> Scene {
        if let Self::Records(n) = self {
            return Scene { records: records(n).await, ..Scene::default() };
        }
        let stream = db.create_stream(CPU, 1, 1.0, USER).await.expect("a stream");
        let mut scene = Scene { stream, ..Scene::default() };
        match self {
            Self::Empty | Self::Records(_) => {}
            Self::Ready(n) => scene.start(db, tasks(stream, 0, n)).await,
            Self::Running(n) => scene.claimed(db, tasks(stream, 0, n)).await,
            Self::FanIn(n) | Self::Inputs(n) => {
                scene.claimed(db, tasks(stream, 0, n)).await;
                let total = NewTask::new("total", stream, json!(0)).after((0..n).map(name));
                db.create_task_with(&scene.job, total).await.expect("a task");
                if matches!(self, Self::Inputs(_)) {
                    let outputs = scene.claims.drain(..).map(|claim| (claim, json!({"n": n})));
                    db.complete_batch(outputs).await.expect("they are done");
                }
            }
            Self::Overdue(n) => {
                let due = tasks(stream, 0, n).map(|task| task.timeout_secs(0));
                scene.claimed(db, due).await;
            }
            Self::Waiting(n) => scene.start(db, waiting(stream, n)).await,
            Self::Failed(n) => {
                scene.start(db, waiting(stream, n)).await;
                db.fail(&scene.claims[0], "broken").await.expect("it fails");
            }
            Self::Streams(n) => streams(db, n).await,
        }
        scene
    }
}

impl Scene {
    /// Makes the job with its tasks, and claims `init`.
    async fn start(&mut self, db: &TaskDb, tasks: impl Iterator<Item = NewTask>) {
        self.job = db.create_job(&self.stream, &json!(1), 3, 600, USER).await.expect("a job");
        let init = db.request_work(CPU).await.expect("work").expect("init is ready");
        self.claims.push(init.claim);
        db.create_tasks(&self.job, tasks).await.expect("tasks");
    }

    /// The same, and claims them.
    async fn claimed(&mut self, db: &TaskDb, tasks: impl Iterator<Item = NewTask>) {
        self.start(db, tasks).await;
        self.claims.extend(claims(db, 1_000).await);
    }
}

/// Claims so many tasks or what there is, by the same ids each time: where a store puts claims
/// by their ids, random ones would change what that costs.
pub(super) async fn claims(db: &TaskDb, max: usize) -> Vec<Claim> {
    ask(db, max, None).await.into_iter().map(|task| task.claim).collect()
}

/// The same, with what inputs so large tell.
pub(super) async fn ask(db: &TaskDb, max: usize, inputs: Option<u64>) -> Vec<ClaimedTask> {
    let mut rng = Rng::new(7);
    let request = RequestWork {
        worker_type: CPU.to_owned(),
        worker_id: "worker".to_owned(),
        claim_ids: std::iter::repeat_with(|| rng.id()).take(max).collect(),
        may_repeat: false,
        lease: None,
        inputs,
    };
    db.store().request_work(request).await.expect("work").tasks
}

fn waiting(stream: Uuid, n: usize) -> impl Iterator<Item = NewTask> {
    tasks(stream, 0, n).map(|task| task.after(["init"]))
}

async fn streams(db: &TaskDb, n: usize) {
    for user in (0..n).map(|n| format!("user {n}")) {
        let stream = db.create_stream(CPU, 1, 1.0, &user).await.expect("a stream");
        db.create_job(&stream, &json!(1), 3, 600, &user).await.expect("a job");
    }
}

/// What an export of a job of so many tasks says.
async fn records(n: usize) -> Vec<Record> {
    let db = TaskDb::new(Model::new(Arc::new(SystemClock)));
    Box::pin(Begin::Ready(n).set(&db)).await;
    db.export(None, 1_000).await.expect("a page").records
}
