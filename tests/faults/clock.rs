//! A clock that goes with that of the machine and is set to another time now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use taskdb::{Clock, SystemClock, Timestamp};
use taskdb_testkit::history::CLAIM;
use taskdb_testkit::rng::Rng;

const SECOND: i64 = 1_000_000;
/// How far it is set forward or back at the most, in seconds.
const FAR: u64 = 600;

/// Clones share their time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stepping(Arc<Offsets>);

#[derive(Debug, Default)]
struct Offsets {
    /// How far it is from the machine's clock, in microseconds.
    now: AtomicI64,
    /// The farthest it was ahead of it.
    latest: AtomicI64,
}

impl Stepping {
    /// Sets it to some time within ten minutes of the machine's.
    pub(crate) fn step(&self, rng: &mut Rng) {
        let seconds = i64::try_from(rng.below(2 * FAR)).unwrap_or_default();
        self.set((seconds - i64::try_from(FAR).unwrap_or_default()) * SECOND);
    }

    /// Sets it so far ahead that every claim made so far has had its time.
    pub(crate) fn settle(&self) {
        let claim = i64::try_from(CLAIM.as_micros()).unwrap_or(i64::MAX);
        self.set(self.0.latest.load(Ordering::SeqCst) + claim);
    }

    fn set(&self, offset: i64) {
        self.0.latest.fetch_max(offset, Ordering::SeqCst);
        self.0.now.store(offset, Ordering::SeqCst);
    }
}

impl Clock for Stepping {
    fn now(&self) -> Timestamp {
        let micros = SystemClock.now().as_micros() + self.0.now.load(Ordering::SeqCst);
        Timestamp::from_micros(micros)
    }
}
