//! What any worker does beside its tasks, again and again: no leader does it, so none can
//! be missing. A chore that fails is tried again and never ends the others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use taskdb_core::{Retention, TaskDb, TaskDbErr};
use tokio::time::{Instant, sleep};

use super::backoff;
use super::hold::lock;
use super::shared::Shared;
use super::store_link::is_away;

/// How often expired claims are looked for: a lost worker's task is with another one
/// within its lease and a second.
const REQUEUE: Duration = Duration::from_millis(700);
/// How often schedules are looked at.
const SCHEDULES: Duration = Duration::from_secs(1);
/// How often finished jobs are looked through.
const RETENTION: Duration = Duration::from_secs(60);
/// Expired claims taken away by one call.
const LIMIT: usize = 100;
/// The longest pause of a chore that fails, unless its interval is longer.
const LONGEST: Duration = Duration::from_secs(60);

type Run = Arc<dyn Fn(TaskDb) -> BoxFuture<'static, Result<(), TaskDbErr>> + Send + Sync>;

/// Something to do again and again.
#[derive(Clone)]
pub(crate) struct Chore {
    pub(crate) name: String,
    interval: Duration,
    run: Run,
}

impl Chore {
    pub(crate) fn new<F, Fut>(name: impl Into<String>, interval: Duration, run: F) -> Self
    where
        F: Fn(TaskDb) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), TaskDbErr>> + Send + 'static,
    {
        Self { name: name.into(), interval, run: Arc::new(move |db| Box::pin(run(db))) }
    }

    /// Puts back what lost workers held.
    pub(crate) fn requeue() -> Self {
        Self::new("requeue", REQUEUE, async |db: TaskDb| {
            // A full call means that there is more; others may want the store in between.
            while db.requeue_tasks(LIMIT as i64).await? >= LIMIT {
                tokio::task::yield_now().await;
            }
            Ok(())
        })
    }
}

impl Chore {
    /// Makes the jobs of schedules whose tick has come.
    pub(crate) fn schedules() -> Self {
        Self::new("schedules", SCHEDULES, async |db: TaskDb| db.fire_schedules().await.map(drop))
    }

    /// Deletes finished jobs that are not to be kept.
    pub(crate) fn retention(retention: Retention) -> Self {
        Self::new("retention", RETENTION, move |db: TaskDb| async move {
            db.purge(&retention).await.map(drop)
        })
    }
}

/// How a chore goes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChoreStatus {
    /// Its name.
    pub name: String,
    /// How long ago it last went well; `None` before the first time.
    pub last_success: Option<Duration>,
    /// Failures in a row.
    pub failures: u32,
    /// The last of them.
    pub last_error: Option<String>,
}

/// How all chores go.
#[derive(Clone, Default)]
pub(crate) struct Records(Arc<Mutex<Vec<Arc<Record>>>>);

impl Records {
    pub(crate) fn add(&self, name: &str) -> Arc<Record> {
        let record = Arc::new(Record { name: name.to_owned(), told: Mutex::default() });
        lock(&self.0).push(Arc::clone(&record));
        record
    }

    pub(crate) fn read(&self) -> Vec<ChoreStatus> {
        lock(&self.0).iter().map(|record| record.status()).collect()
    }
}

/// How one chore goes.
pub(crate) struct Record {
    name: String,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    success: Option<Instant>,
    failures: u32,
    error: Option<String>,
}

impl Record {
    fn status(&self) -> ChoreStatus {
        let told = lock(&self.told);
        ChoreStatus {
            name: self.name.clone(),
            last_success: told.success.map(|at| at.elapsed()),
            failures: told.failures,
            last_error: told.error.clone(),
        }
    }

    fn succeeded(&self) {
        *lock(&self.told) = Told { success: Some(Instant::now()), ..Told::default() };
    }

    /// Returns how often it has failed in a row.
    fn failed(&self, error: &str) -> u32 {
        let mut told = lock(&self.told);
        told.error = Some(error.to_owned());
        told.failures = told.failures.saturating_add(1);
        told.failures
    }
}

/// Does a chore for as long as it runs; a panic is a failure like another.
pub(crate) async fn run(shared: Arc<Shared>, chore: Chore, record: Arc<Record>) {
    loop {
        // Making the future may panic, too.
        let work = super::attempt::guarded(async { (chore.run)(shared.db.clone()).await });
        let work = async {
            work.await.unwrap_or_else(|panic| {
                let panic = taskdb_core::error::Failure::new(panic.to_string());
                Err(TaskDbErr::Backend(panic))
            })
        };
        let pause = match shared.link.call(work).await {
            Ok(()) => {
                record.succeeded();
                chore.interval
            }
            Err(error) => {
                let failures = record.failed(&error.to_string());
                if failures == 1 {
                    shared.tell(|hooks| hooks.chore_failed(&chore.name, &error));
                }
                // The link speaks of a store that is away, and knows when it is back.
                if is_away(&error) {
                    chore.interval
                } else {
                    if failures == 1 {
                        tracing::warn!(%error, chore = chore.name, "a chore fails; trying again");
                    }
                    let longest = LONGEST.max(chore.interval);
                    chore.interval.saturating_mul(1 << failures.min(8)).min(longest)
                }
            }
        };
        sleep(backoff::about(pause)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_ends_a_row_of_failures() {
        let records = Records::default();
        let record = records.add("a");
        assert!(records.read()[0].last_success.is_none());
        assert_eq!((record.failed("x"), record.failed("y")), (1, 2));
        let read = records.read().remove(0);
        assert_eq!((read.failures, read.last_error.as_deref()), (2, Some("y")));
        record.succeeded();
        let read = records.read().remove(0);
        assert_eq!((read.failures, read.last_error), (0, None));
        assert!(read.last_success.is_some());
    }
}
