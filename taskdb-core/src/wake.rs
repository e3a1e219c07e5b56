//! Tells waiting workers of new work, and those at work of lost claims, within one process.
//!
//! A wake-up is a hint. Whoever waits asks the store again at least once a
//! [`POLL`] as well, one waiter of a worker type on behalf of all, so a lost
//! hint costs a second and an idle process next to nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// How long an idle worker type goes without asking the store.
pub const POLL: Duration = Duration::from_secs(1);

/// In the place of a worker type, which is never empty: claims were taken away, by a cancel, a
/// delete or the failure of a job, so that whoever holds any looks after them.
pub const CLAIM_HOLDERS: &str = "";

/// The waiting workers of a process, by worker type, and those that hold claims.
#[derive(Debug, Default)]
pub struct WakeHub {
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
    holders: watch::Sender<u64>,
    waiting: AtomicUsize,
    came: Notify,
}

#[derive(Debug, Default)]
struct Lane {
    notify: Notify,
    asked: Mutex<Option<Instant>>,
}

impl WakeHub {
    /// A hub where nobody waits.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// `count` tasks of this worker type have become ready: wakes as many waiters. With
    /// [`CLAIM_HOLDERS`], claims were taken away.
    pub fn notify(&self, worker_type: &str, count: usize) {
        if worker_type == CLAIM_HOLDERS {
            return self.holders.send_modify(|hints| *hints += 1);
        }
        let lane = lock(&self.lanes).get(worker_type).cloned();
        if let Some(lane) = lane {
            // One permit is all that `Notify` keeps when nobody waits.
            for _ in 0..count.min(self.waiting().max(1)) {
                lane.notify.notify_one();
            }
        }
    }

    /// Something has changed and it is not known what: wakes one waiter of each
    /// worker type. A waiter that finds work wakes the next.
    pub fn notify_each_type(&self) {
        for lane in lock(&self.lanes).values() {
            lane.notify.notify_one();
        }
    }

    /// A store listens to others from now on, and has not heard what they did before: as
    /// [`notify_each_type`](Self::notify_each_type), and whoever holds claims looks after them.
    pub fn notify_listening(&self) {
        self.notify_each_type();
        self.notify(CLAIM_HOLDERS, 1);
    }

    /// How many workers wait at present.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Whether anybody wants to hear of claims that were taken away.
    pub fn has_holders(&self) -> bool {
        self.holders.receiver_count() > 0
    }

    /// Listens for hints about claims until dropped.
    pub(crate) fn claim_hints(&self) -> ClaimHints {
        let hints = ClaimHints(self.holders.subscribe());
        self.came.notify_waiters();
        hints
    }

    /// Returns as soon as some worker waits or holds claims, for stores to which hearing of
    /// other processes costs something.
    pub async fn somebody_waits(&self) {
        let mut came = std::pin::pin!(self.came.notified());
        came.as_mut().enable();
        if self.waiting() == 0 && !self.has_holders() {
            came.await;
        }
    }

    /// Joins the waiting workers of a type until dropped.
    pub(crate) fn join(self: &Arc<Self>, worker_type: &str) -> Waiter {
        let lane = lock(&self.lanes).entry(worker_type.to_owned()).or_default().clone();
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.came.notify_waiters();
        Waiter { hub: Arc::clone(self), lane }
    }
}

/// Hears when claims may have been taken away: made by
/// [`TaskDb::claim_hints`](crate::TaskDb::claim_hints). What was given since it was made, or
/// since the last one, is kept, as one.
#[derive(Debug)]
pub struct ClaimHints(watch::Receiver<u64>);

impl ClaimHints {
    /// Returns at the next hint; never when the store is gone.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

/// One waiting worker.
pub(crate) struct Waiter {
    hub: Arc<WakeHub>,
    lane: Arc<Lane>,
}

impl Waiter {
    /// Sees every hint given from now on.
    pub(crate) fn listen(&self) -> Listening<'_> {
        let mut hint = Box::pin(self.lane.notify.notified());
        hint.as_mut().enable();
        Listening { waiter: self, hint }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.hub.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A waiter that will notice the next hint.
pub(crate) struct Listening<'a> {
    waiter: &'a Waiter,
    hint: std::pin::Pin<Box<tokio::sync::futures::Notified<'a>>>,
}

impl Listening<'_> {
    /// Notes that the store is asked now.
    pub(crate) fn asking(&self) {
        *lock(&self.waiter.lane.asked) = Some(Instant::now());
    }

    /// Returns when there is reason to ask again, or at `until`.
    pub(crate) async fn wait(mut self, until: Instant) {
        loop {
            let turn = lock(&self.waiter.lane.asked).map_or_else(Instant::now, |at| at + POLL);
            tokio::select! {
                () = &mut self.hint => return,
                () = tokio::time::sleep_until(turn.min(until)) => {}
            }
            let now = Instant::now();
            let mut asked = lock(&self.waiter.lane.asked);
            if now >= until {
                return;
            }
            if asked.is_none_or(|at| at + POLL <= now) {
                *asked = Some(now);
                return;
            }
        }
    }
}

/// The hub holds no invariant that a panic elsewhere could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn waits_for(hub: &Arc<WakeHub>, limit: Duration) -> Duration {
        let start = Instant::now();
        let waiter = hub.join("cpu");
        let listening = waiter.listen();
        listening.asking();
        listening.wait(start + limit).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_between_listening_and_waiting_is_not_lost() {
        let hub = WakeHub::new();
        let waiter = hub.join("cpu");
        let listening = waiter.listen();
        listening.asking();
        hub.notify("cpu", 1);
        let start = Instant::now();
        listening.wait(start + Duration::from_secs(60)).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_many_waiters_polls_and_all_respect_their_end() {
        let hub = WakeHub::new();
        let waits = (0..10).map(|_| {
            let hub = Arc::clone(&hub);
            tokio::spawn(async move { waits_for(&hub, Duration::from_millis(1_500)).await })
        });
        let mut ended = Vec::new();
        for wait in waits.collect::<Vec<_>>() {
            ended.push(wait.await.unwrap());
        }
        let polled = ended.iter().filter(|took| **took < Duration::from_millis(1_400)).count();
        assert_eq!(polled, 1, "{ended:?}");
        assert_eq!(hub.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_hold_claims_hear_of_them_and_nobody_else() {
        let hub = WakeHub::new();
        assert!(!hub.has_holders());
        let mut hints = [hub.claim_hints(), hub.claim_hints()];
        hub.notify_listening();
        for hints in &mut hints {
            hints.next().await;
        }
        hub.notify("cpu", 1);
        hub.notify_each_type();
        for hints in &mut hints {
            let none = tokio::time::timeout(Duration::from_secs(60), hints.next()).await;
            assert!(none.is_err());
        }
        hub.notify(CLAIM_HOLDERS, 1);
        hub.notify(CLAIM_HOLDERS, 1);
        for hints in &mut hints {
            hints.next().await;
            let once = tokio::time::timeout(Duration::from_secs(60), hints.next()).await;
            assert!(once.is_err(), "two hints before a look are one");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_who_waits_is_noticed() {
        let hub = WakeHub::new();
        let own = Arc::clone(&hub);
        let noticed = tokio::spawn(async move { own.somebody_waits().await });
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!noticed.is_finished());
        let _waiter = hub.join("cpu");
        noticed.await.unwrap();
        hub.somebody_waits().await;
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_waiters_wake_as_tasks_became_ready() {
        let hub = WakeHub::new();
        let waits: Vec<_> = (0..5)
            .map(|_| {
                let hub = Arc::clone(&hub);
                tokio::spawn(async move { waits_for(&hub, Duration::from_millis(900)).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(10)).await;
        hub.notify("cpu", 2);
        let mut woken = 0;
        for wait in waits {
            woken += usize::from(wait.await.unwrap() < Duration::from_millis(100));
        }
        assert_eq!(woken, 2);
    }
}
