//! The way to the store while it may be away: one call at a time finds out whether it is
//! back, all others wait for that. A circuit breaker, shared by everything a worker does.

use std::sync::Mutex;
use std::time::Duration;

use taskdb_core::TaskDbErr;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::backoff;
use super::hold::lock;

/// Between two lines of log about a store that stays away.
const REMIND: Duration = Duration::from_secs(60);

/// How often it is looked at whether the store has been away for too long.
const LOOK: Duration = Duration::from_secs(1);

/// Whether the store answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreState {
    /// It did when it was last called.
    Connected,
    /// It did not.
    Away {
        /// For how long.
        since: Duration,
        /// How many calls in a row have failed.
        failures: u32,
        /// The last failure; no password is in it.
        error: String,
    },
}

/// The shared breaker.
#[derive(Debug, Default)]
pub(crate) struct StoreLink {
    open: Mutex<Option<Open>>,
    changed: Notify,
}

/// What is known of a store that is away.
#[derive(Debug)]
struct Open {
    since: Instant,
    next: Instant,
    reminded: Instant,
    probing: bool,
    failures: u32,
    error: String,
}

/// Leave to make a call.
#[derive(PartialEq, Eq)]
enum Turn {
    Free,
    Probe,
}

impl StoreLink {
    pub(crate) fn state(&self) -> StoreState {
        match &*lock(&self.open) {
            None => StoreState::Connected,
            Some(open) => StoreState::Away {
                since: open.since.elapsed(),
                failures: open.failures,
                error: open.error.clone(),
            },
        }
    }

    /// Returns once the store has been away for so long, with what is known of it.
    pub(crate) async fn away_for(&self, patience: Duration) -> (Duration, String) {
        loop {
            let left = match self.state() {
                StoreState::Away { since, error, .. } if since >= patience => {
                    return (since, error);
                }
                StoreState::Away { since, .. } => patience - since,
                StoreState::Connected => patience,
            };
            // Whether it goes away meanwhile is seen in time enough.
            sleep(left.min(LOOK)).await;
        }
    }

    /// Makes a call once, when the store is there or it is this caller's turn to see
    /// whether it is.
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, TaskDbErr>>,
    ) -> Result<T, TaskDbErr> {
        self.call_as(|_| call).await
    }

    /// The same for a call that must answer soon when it is to find out whether the store
    /// is back, and is told so.
    pub(crate) async fn call_as<T, F>(&self, call: impl FnOnce(bool) -> F) -> Result<T, TaskDbErr>
    where
        F: Future<Output = Result<T, TaskDbErr>>,
    {
        let probing = self.turn().await == Turn::Probe;
        let guard = Guard { link: self, probing };
        let began = Instant::now();
        let answer = call(probing).await;
        match &answer {
            Err(error) if is_away(error) => self.failed(error),
            _ => self.worked(began),
        }
        drop(guard);
        answer
    }

    /// Makes a call again, without an end, until the store has given an answer that will
    /// not pass by itself. Only for calls that are harmless to repeat.
    pub(crate) async fn insist<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, TaskDbErr>
    where
        F: Future<Output = Result<T, TaskDbErr>>,
    {
        let mut pauses = backoff::pauses();
        loop {
            match self.call(call()).await {
                Err(error) if is_away(&error) => {}
                Err(error) if is_shut(&error) => sleep(pauses.next().unwrap_or(REMIND)).await,
                answer => return answer,
            }
        }
    }

    async fn turn(&self) -> Turn {
        if lock(&self.open).is_none() {
            return Turn::Free;
        }
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let next = match &mut *lock(&self.open) {
                None => return Turn::Free,
                Some(open) if open.probing => None,
                Some(open) if open.next <= Instant::now() => {
                    open.probing = true;
                    return Turn::Probe;
                }
                Some(open) => Some(open.next),
            };
            match next {
                None => changed.await,
                Some(next) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(next) => {}
                },
            }
        }
    }

    fn failed(&self, error: &TaskDbErr) {
        let now = Instant::now();
        let mut open = lock(&self.open);
        let open = open.get_or_insert_with(|| {
            tracing::warn!(%error, "the store does not answer; trying again until it does");
            let (failures, error) = (0, String::new());
            Open { since: now, next: now, reminded: now, probing: false, failures, error }
        });
        // Calls that were under way when the store went fail together and count once.
        if open.next <= now {
            open.next = now + backoff::pause_number(open.failures);
            open.failures += 1;
        }
        open.error = error.to_string();
        if now.duration_since(open.reminded) >= REMIND {
            open.reminded = now;
            let seconds = now.duration_since(open.since).as_secs();
            tracing::warn!(%error, seconds, "the store still does not answer");
        }
    }

    fn worked(&self, began: Instant) {
        let mut open = lock(&self.open);
        // The look is all that a call costs while the store is there. A call from before it
        // went tells nothing of now.
        if let Some(was) = open.take_if(|open| open.since <= began) {
            let seconds = was.since.elapsed().as_secs_f32();
            tracing::info!(seconds, failures = was.failures, "the store answers again");
            self.changed.notify_waiters();
        }
    }
}

/// Hands the probe on, also when the call was dropped half way.
struct Guard<'a> {
    link: &'a StoreLink,
    probing: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.probing {
            if let Some(open) = &mut *lock(&self.link.open) {
                open.probing = false;
            }
            self.link.changed.notify_waiters();
        }
    }
}

/// Whether the store could not be reached, or broke off.
pub(crate) fn is_away(error: &TaskDbErr) -> bool {
    error.is_retryable() || matches!(error.root(), TaskDbErr::Unknown(_))
}

/// Whether somebody has to open the store first, or to make room.
pub(crate) fn is_shut(error: &TaskDbErr) -> bool {
    matches!(error.root(), TaskDbErr::Closed { .. } | TaskDbErr::StoreFull(_))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use taskdb_core::error::Failure;

    use super::*;

    fn gone() -> TaskDbErr {
        TaskDbErr::Unavailable(Failure::new("gone"))
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_many_asks_and_all_go_on_when_it_is_back() {
        let link = Arc::new(StoreLink::default());
        let (calls, back) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let crew: Vec<_> = (0..50)
            .map(|_| (Arc::clone(&link), Arc::clone(&calls), Arc::clone(&back)))
            .map(|(link, calls, back)| {
                tokio::spawn(async move {
                    let call = async || {
                        calls.fetch_add(1, Ordering::SeqCst);
                        if back.load(Ordering::SeqCst) { Ok(()) } else { Err(gone()) }
                    };
                    link.insist(call).await
                })
            })
            .collect();
        sleep(Duration::from_secs(20)).await;
        assert!(matches!(link.state(), StoreState::Away { failures: 10.., .. }));
        let asked = calls.load(Ordering::SeqCst);
        assert!((20..46).contains(&asked), "{asked} calls of fifty callers in twenty seconds");
        back.store(true, Ordering::SeqCst);
        let start = Instant::now();
        for one in crew {
            one.await.unwrap().unwrap();
        }
        assert!(start.elapsed() < Duration::from_millis(1_001), "{:?}", start.elapsed());
        assert_eq!(link.state(), StoreState::Connected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_dropped_hands_on() {
        let link = StoreLink::default();
        let _: Result<(), _> = link.call(async { Err(gone()) }).await;
        let hangs = link.call(std::future::pending::<Result<(), TaskDbErr>>());
        assert!(tokio::time::timeout(Duration::from_secs(60), hangs).await.is_err());
        let next = tokio::time::timeout(Duration::from_secs(60), link.call(async { Ok(1) })).await;
        assert_eq!(next.expect("its turn comes").unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_pass_is_told_and_a_shut_gate_is_no_outage() {
        let (link, calls) = (StoreLink::default(), AtomicUsize::new(0));
        let closed = || TaskDbErr::Closed { gate: crate::store::Gate::ReadOnly };
        let answer = link.insist(async || match calls.fetch_add(1, Ordering::SeqCst) {
            0 => Err(closed()),
            _ => Err::<(), _>(TaskDbErr::Corrupt(Failure::new("broken"))),
        });
        assert!(matches!(answer.await, Err(TaskDbErr::Corrupt(_))));
        assert_eq!((calls.load(Ordering::SeqCst), link.state()), (2, StoreState::Connected));
    }
}
