//! What workloads are made of: graphs, the workers that run them, and checks that
//! the work was done.

pub(crate) mod crew;
pub(crate) mod graph;
pub(crate) mod probe;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use taskdb::{JobState, NewTask, TaskDb};
use uuid::Uuid;

use crate::error::{Result, ensure};
use graph::Node;

/// The worker type of everything measured.
pub(crate) const CPU: &str = "cpu";
/// The user of everything measured.
pub(crate) const USER: &str = "user";
/// Tasks of a batch, and of a batch of prerequisites: the limits of a call.
pub(crate) const BATCH: usize = 1_000;
const EDGES: usize = 10_000;
/// Calls under way at once where a workload is only prepared.
const HELPERS: usize = 64;

/// A definition of 100 bytes.
pub(crate) fn definition() -> Value {
    json!({"payload": "x".repeat(86)})
}

/// What tasks answer.
pub(crate) fn output() -> Value {
    json!({"ok": true})
}

/// The stream of a store's only user, made when there is none.
pub(crate) async fn stream(db: &TaskDb) -> Result<Uuid> {
    Ok(db.get_or_create_stream(CPU, 0, 1.0, USER).await?)
}

/// A job with its `init` only.
pub(crate) async fn job(db: &TaskDb, stream: Uuid) -> Result<Uuid> {
    Ok(db.create_job(&stream, &definition(), 3, 300, USER).await?)
}

/// Adds tasks to a job, `batch` at a time or as many as their edges allow.
pub(crate) async fn fill(
    db: &TaskDb,
    job: Uuid,
    stream: Uuid,
    nodes: impl IntoIterator<Item = Node>,
    batch: usize,
) -> Result<()> {
    let (mut tasks, mut edges) = (Vec::new(), 0);
    for node in nodes {
        if tasks.len() == batch || edges + node.after.len() > EDGES {
            db.create_tasks(&job, std::mem::take(&mut tasks)).await?;
            edges = 0;
        }
        edges += node.after.len();
        tasks.push(NewTask::new(node.name, stream, definition()).after(node.after));
    }
    if !tasks.is_empty() {
        db.create_tasks(&job, tasks).await?;
    }
    Ok(())
}

/// Makes `count` things with many calls at once, for what is not measured.
pub(crate) async fn many<T>(
    count: usize,
    make: impl AsyncFn(usize) -> Result<T>,
) -> Result<Vec<T>> {
    stream::iter(0..count).map(|n| make(n)).buffered(HELPERS).try_collect().await
}

/// Refuses a job that is not done in full.
pub(crate) async fn check_done(db: &TaskDb, job: Uuid, tasks: usize) -> Result<()> {
    check(db, job, tasks, JobState::Done).await?;
    let left = db.get_job_unresolved(&job).await?;
    ensure(left == 0, || format!("a done job has {left} tasks that are not"))
}

/// Refuses a job in another state or with another number of tasks.
pub(crate) async fn check(db: &TaskDb, job: Uuid, tasks: usize, state: JobState) -> Result<()> {
    let found = db.get_job(&job).await?;
    ensure(found.state == state && found.tasks == tasks as u64, || {
        format!(
            "a job of {tasks} tasks should be {state}; it has {} and is {}",
            found.tasks, found.state
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_has_a_hundred_bytes() {
        assert_eq!(definition().to_string().len(), 100);
    }

    #[tokio::test]
    async fn a_job_that_is_not_done_is_refused() {
        let db = taskdb::connect("memory:").await.unwrap();
        let stream = stream(&db).await.unwrap();
        let job = job(&db, stream).await.unwrap();
        fill(&db, job, stream, graph::flat(3), 2).await.unwrap();
        check(&db, job, 3, JobState::Running).await.unwrap();
        assert!(check(&db, job, 4, JobState::Running).await.is_err());
        assert!(check_done(&db, job, 3).await.is_err());
        while let Some(task) = db.request_work(CPU).await.unwrap() {
            db.complete(&task.claim, &output()).await.unwrap();
        }
        check_done(&db, job, 3).await.unwrap();
    }
}
