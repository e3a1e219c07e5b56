//! The pauses before retries: each twice the one before, up to a longest.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Millis;

const FIRST: Millis = Millis::new(250);
const MOST: Millis = Millis::new(30_000);

/// How long a failed command waits for its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backoff {
    first: Millis,
    most: Millis,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: FIRST, most: MOST }
    }
}

impl Backoff {
    /// What is not given is the default, or gives way to what is.
    pub(super) fn new(first: Option<Millis>, most: Option<Millis>) -> Self {
        let first = first.unwrap_or(most.map_or(FIRST, |most| most.min(FIRST)));
        Self { first, most: most.unwrap_or(first.max(MOST)) }
    }

    /// The pause after so many retries, in whole milliseconds. `random`, from 0 to
    /// 1, takes up to a quarter off it, so that commands which failed together do
    /// not all come back together.
    pub(crate) fn pause(&self, retries: i32, random: f64) -> Duration {
        let doublings = u32::try_from(retries).unwrap_or(0).min(31);
        let most = self.most.duration();
        let pause = self.first.duration().checked_mul(1 << doublings).unwrap_or(most);
        let millis = pause.min(most).mul_f64(1.0 - random.clamp(0.0, 1.0) / 4.0).as_millis();
        Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX).max(1))
    }
}

#[test]
fn pauses_double_up_to_the_longest() {
    let backoff = Backoff::default();
    let pauses = [0, 1, 2, 6, 7, 40, i32::MAX].map(|n| backoff.pause(n, 0.0).as_millis());
    assert_eq!(pauses, [250, 500, 1_000, 16_000, 30_000, 30_000, 30_000]);
    assert_eq!(backoff.pause(0, 1.0).as_millis(), 187);
    assert_eq!(backoff.pause(9, 1.0).as_millis(), 22_500);
}

#[test]
fn one_bound_moves_the_other() {
    let millis = |n| Some(Millis::new(n));
    for (first, most, pauses) in [
        (millis(40_000), None, [40_000, 40_000]),
        (None, millis(100), [100, 100]),
        (None, millis(300), [250, 300]),
        (millis(1), millis(1), [1, 1]),
    ] {
        let backoff = Backoff::new(first, most);
        assert_eq!([0, 1].map(|n| backoff.pause(n, 0.0).as_millis()), pauses);
    }
    assert_eq!(Backoff::new(millis(1), None).pause(0, 1.0).as_millis(), 1);
}
