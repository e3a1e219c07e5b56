//! The life of a worker: its loops are started, its end is awaited, and nothing is left
//! behind.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use taskdb_core::TaskDbErr;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until, timeout};
use tokio_util::task::TaskTracker;

use super::claimer::{self, Slots};
use super::idle::Idle;
use super::shared::Shared;
use super::stop::Signals;
use super::{Worker, chores, registry, renew};

/// How long the store is given to take back what was cut off.
const GRACE: Duration = Duration::from_secs(5);
/// The shortest lease that renewals can be on time for.
const SHORTEST_LEASE: Duration = Duration::from_millis(100);

/// Why a worker ended otherwise than it was told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is nothing it can do.
    #[error("the worker has no handler: add one with `on` or `on_kind`")]
    NoHandler,
    /// It cannot work as it was told to.
    #[error(transparent)]
    Invalid(TaskDbErr),
    /// The store refuses its claims, whenever they come.
    #[error("cannot take work for `{worker_type}`: {error}")]
    NoWork {
        /// The worker type.
        worker_type: String,
        /// What the store says.
        #[source]
        error: TaskDbErr,
    },
    /// A handler has found the worker broken; its task went back.
    #[error("{0}")]
    Stopped(String),
    /// The store has been away for longer than the [patience](Worker::patience) of the worker.
    #[error("the store has not answered for {} s: {error}", since.as_secs())]
    StoreAway {
        /// For how long.
        since: Duration,
        /// The last failure; no password is in it.
        error: String,
    },
    /// What was at hand at the end could not be given back; it comes back when its leases end.
    #[error("the store did not take back {0} tasks in time; they come back when their leases end")]
    NotReleased(usize),
    /// The signals of the system cannot be had.
    #[error("cannot listen to signals: {0}")]
    Signals(#[source] std::io::Error),
    /// A part of the worker itself has panicked.
    #[error("a part of the worker broke off: {0}")]
    Broken(String),
}

impl<S: Send + Sync + 'static> Worker<S> {
    /// Runs until a signal comes (SIGTERM, SIGINT, SIGHUP; elsewhere ctrl-c) or
    /// [`stop`](Self::stop) is used. After the first signal no more tasks are taken and
    /// those at hand have the drain time; after the second they are cut off. Tasks that are
    /// not done at the end are given back, with their retries unchanged, before this returns.
    ///
    /// From the first call on, these signals do not end the process by themselves.
    ///
    /// # Errors
    ///
    /// Only what no waiting can mend; a store that is away is waited for.
    pub async fn run(self) -> Result<(), RunError> {
        let mut signals = Signals::new().map_err(RunError::Signals)?;
        let stop = self.stop();
        let watch = async {
            loop {
                signals.next().await;
                stop.hurry();
            }
        };
        let run = pin!(self.run_until(std::future::pending()));
        tokio::select! {
            ended = run => ended,
            () = watch => Ok(()),
        }
    }

    /// Runs until `end` does or [`stop`](Self::stop) is used, and leaves signals alone. What
    /// ends it may be a token, as in `token.cancelled_owned()`. Then as in
    /// [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn run_until(self, end: impl Future<Output = ()>) -> Result<(), RunError> {
        self.check()?;
        let shared = Arc::new(self.shared());
        let mut claimers = JoinSet::new();
        for worker_type in self.routes.worker_types() {
            let slots = Slots::new(&worker_type, self.slots_of(&worker_type), self.prefetch);
            claimers.spawn(claimer::run(Arc::clone(&shared), slots));
        }
        let mut helpers = JoinSet::new();
        helpers.spawn(renew::run(Arc::clone(&shared)));
        helpers.spawn(beat(Arc::clone(&shared)));
        for chore in self.all_chores() {
            let record = self.records.add(&chore.name);
            helpers.spawn(chores::run(Arc::clone(&shared), chore, record));
        }
        let broken = trouble(&shared, &mut helpers, self.patience);
        let outcome = serve(&shared, claimers, end, broken).await;
        shared.tell(|hooks| hooks.draining());
        let outcome = outcome.and(finish(&shared, self.drain).await);
        helpers.shutdown().await;
        shared.counters.rest();
        match &outcome {
            Err(why @ RunError::StoreAway { .. }) => not_released(&shared, &why.to_string()),
            _ => {
                release(&shared).await;
                registry::leave(&shared).await;
            }
        }
        shared.stop.failure().map_or(outcome, |why| Err(RunError::Stopped(why)))
    }

    /// Refuses what cannot work before anything is done.
    pub(crate) fn check(&self) -> Result<(), RunError> {
        let types = self.routes.worker_types();
        if types.is_empty() {
            return Err(RunError::NoHandler);
        }
        let invalid = |name, why| Err(RunError::Invalid(TaskDbErr::invalid(name, why)));
        if types.iter().any(|worker_type| self.slots_of(worker_type) == 0) {
            return invalid("concurrency", "is 0: a worker needs at least one slot".to_owned());
        }
        if self.lease < SHORTEST_LEASE {
            return invalid("lease", format!("is {:?}: use 100 ms or more", self.lease));
        }
        Ok(())
    }

    pub(crate) fn shared(&self) -> Shared {
        Shared {
            db: self.db.clone(),
            link: Arc::clone(&self.link),
            holds: Arc::clone(&self.holds),
            counters: Arc::clone(&self.counters),
            stop: self.stop.clone(),
            routes: self.routes.clone(),
            lingers: AtomicBool::new(false),
            hooks: Arc::clone(&self.hooks),
            retry: self.retry.clone(),
            lease: self.lease,
            idle: Idle::new(self.until_idle, self.routes.worker_types().len()),
            tracker: TaskTracker::new(),
        }
    }
}

/// Shows that tasks of this process still get their turn.
async fn beat(shared: Arc<Shared>) {
    let mut seconds = interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        shared.counters.beat();
    }
}

/// Until no more tasks are taken.
async fn serve(
    shared: &Shared,
    mut claimers: JoinSet<Result<(), RunError>>,
    end: impl Future<Output = ()>,
    broken: impl Future<Output = RunError>,
) -> Result<(), RunError> {
    let (mut end, mut broken) = (pin!(end), pin!(broken));
    let mut outcome = Ok(());
    let (mut told, mut well) = (false, true);
    loop {
        tokio::select! {
            () = &mut end, if !told => {
                told = true;
                shared.stop.drain();
            }
            why = &mut broken, if well => {
                well = false;
                shared.stop.drain();
                outcome = outcome.and(Err(why));
            }
            ended = claimers.join_next() => match ended {
                None => return outcome,
                Some(ended) => {
                    let ended = ended.unwrap_or_else(|why| Err(RunError::Broken(why.to_string())));
                    if ended.is_err() {
                        shared.stop.drain();
                    }
                    outcome = outcome.and(ended);
                }
            },
        }
    }
}

/// Returns when the worker cannot go on for a reason that is not its claimers'.
async fn trouble(
    shared: &Shared,
    helpers: &mut JoinSet<()>,
    patience: Option<Duration>,
) -> RunError {
    let broken = async {
        let ended = helpers.join_next().await;
        let why = ended.and_then(Result::err).map_or("it ended".to_owned(), |why| why.to_string());
        RunError::Broken(why)
    };
    let Some(patience) = patience else { return broken.await };
    tokio::select! {
        why = broken => why,
        (since, error) = shared.link.away_for(patience) => {
            // Nobody is there to take anything back.
            shared.stop.abandon();
            RunError::StoreAway { since, error }
        }
    }
}

/// Until nothing is at hand: first with time to end, then cut off, then left alone.
async fn finish(shared: &Shared, drain: Duration) -> Result<(), RunError> {
    shared.tracker.close();
    // A drain without an end is as long as the clock can tell.
    let now = Instant::now();
    let due = now.checked_add(drain).unwrap_or(now + Duration::from_secs(1 << 32));
    tokio::select! {
        () = shared.tracker.wait() => return Ok(()),
        () = sleep_until(due) => shared.stop.now(),
        () = shared.stop.killed() => {}
    }
    if timeout(GRACE, shared.tracker.wait()).await.is_ok() {
        return Ok(());
    }
    let left = shared.holds.len();
    shared.stop.abandon();
    shared.tracker.wait().await;
    Err(RunError::NotReleased(left))
}

/// Gives back what was claimed by a call whose answer nobody waited for. The second call
/// finds what was claimed after the first, in the step it was part of.
async fn release(shared: &Shared) {
    if shared.lingers.load(Ordering::Relaxed) {
        return not_released(shared, "what was cut off does not end");
    }
    for _ in 0..2 {
        let released = timeout(GRACE, shared.db.release_worker(shared.db.worker_id())).await;
        let why = match released {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {GRACE:?}"),
        };
        return not_released(shared, &why);
    }
}

fn not_released(shared: &Shared, why: &str) {
    shared.tell(|hooks| hooks.not_released(why));
    tracing::warn!(why, "what this worker may still hold comes back when its lease ends");
}
