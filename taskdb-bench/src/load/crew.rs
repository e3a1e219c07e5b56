//! Workers that run a graph to its end, waiting where nothing is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use taskdb::{ReadyTask, TaskDb};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{CPU, output};
use crate::error::{Error, Result, ensure};

/// How long a worker waits before it gives a graph up for stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// How work is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crew {
    /// Workers at once.
    pub(crate) workers: usize,
    /// Tasks claimed and completed in one call.
    pub(crate) batch: usize,
}

impl Crew {
    /// Runs `tasks` tasks, which must become ready one by one or all at once.
    pub(crate) async fn run(self, db: &TaskDb, tasks: usize) -> Result<()> {
        let (finished, _) = watch::channel(false);
        let goal = Arc::new(Goal { left: AtomicUsize::new(tasks), finished });
        let mut workers = JoinSet::new();
        for _ in 0..self.workers {
            workers.spawn(work(db.clone(), self.batch, Arc::clone(&goal)));
        }
        join(workers).await.map(drop)
    }

    /// Runs what is ready, until a claim comes back empty; returns how many tasks.
    pub(crate) async fn drain(self, db: &TaskDb) -> Result<usize> {
        let mut workers = JoinSet::new();
        for _ in 0..self.workers {
            workers.spawn(empty(db.clone(), self.batch));
        }
        Ok(join(workers).await?.into_iter().sum())
    }
}

struct Goal {
    left: AtomicUsize,
    finished: watch::Sender<bool>,
}

/// The results of all workers; the first error ends the others.
pub(crate) async fn join<T: 'static>(mut workers: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut results = Vec::new();
    while let Some(ended) = workers.join_next().await {
        results.push(ended.map_err(|panic| Error::Unsound(panic.to_string()))??);
    }
    Ok(results)
}

async fn work(db: TaskDb, batch: usize, goal: Arc<Goal>) -> Result<()> {
    let mut finished = goal.finished.subscribe();
    loop {
        let tasks = tokio::select! {
            biased;
            _ = finished.wait_for(|finished| *finished) => return Ok(()),
            tasks = db.request_work_batch_wait(CPU, batch, None, PATIENCE) => tasks?,
        };
        ensure(!tasks.is_empty(), || "nothing became ready for a minute".into())?;
        let count = tasks.len();
        complete(&db, tasks).await?;
        if goal.left.fetch_sub(count, Ordering::SeqCst) == count {
            goal.finished.send_replace(true);
        }
    }
}

async fn empty(db: TaskDb, batch: usize) -> Result<usize> {
    let mut count = 0;
    loop {
        let tasks = if batch == 1 {
            db.request_work(CPU).await?.into_iter().collect()
        } else {
            db.request_work_batch(CPU, batch, None).await?
        };
        if tasks.is_empty() {
            return Ok(count);
        }
        count += tasks.len();
        complete(&db, tasks).await?;
    }
}

/// Completes tasks in one call, each of which must be accepted.
async fn complete(db: &TaskDb, tasks: Vec<ReadyTask>) -> Result<()> {
    if let [task] = &tasks[..] {
        let accepted = db.complete(&task.claim, &output()).await?;
        return ensure(accepted, || format!("`{}` was not accepted", task.task_id));
    }
    let outputs = tasks.into_iter().map(|task| -> (_, Value) { (task.claim, output()) });
    for accepted in db.complete_batch(outputs).await? {
        ensure(accepted?, || "a task of a batch was not accepted".into())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{check_done, fill, graph, job, stream};

    #[tokio::test]
    async fn a_graph_runs_to_its_end_one_by_one_and_in_batches() {
        let db = taskdb::connect("memory:").await.unwrap();
        let stream = stream(&db).await.unwrap();
        for batch in [1, 10] {
            let job = job(&db, stream).await.unwrap();
            fill(&db, job, stream, graph::tree(20), 7).await.unwrap();
            let tasks = graph::tree(20).len() + 1;
            Crew { workers: 3, batch }.run(&db, tasks).await.unwrap();
            check_done(&db, job, tasks).await.unwrap();
        }
    }

    #[tokio::test]
    async fn draining_counts_what_was_ready() {
        let db = taskdb::connect("memory:").await.unwrap();
        let stream = stream(&db).await.unwrap();
        let job = job(&db, stream).await.unwrap();
        fill(&db, job, stream, graph::flat(25), 100).await.unwrap();
        let crew = Crew { workers: 2, batch: 4 };
        assert_eq!(crew.drain(&db).await.unwrap(), 25);
        assert_eq!(crew.drain(&db).await.unwrap(), 0);
    }
}
