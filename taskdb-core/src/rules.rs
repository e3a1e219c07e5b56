//! Rules of a task that the engine applies when attempts at it fail.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Result, TaskDbErr};
use crate::limits::Limits;

/// How long a task waits before its next attempt, unless the call that ends an attempt says.
///
/// Attempt after attempt, the delay doubles from `first` up to `cap`. A part of it,
/// `jitter` percent at most, is taken off, another for each task and attempt, so that tasks
/// that failed together do not come back together. The part follows from the age of the task
/// and its retries alone: every store comes to the same time.
///
/// ```
/// use std::time::Duration;
/// use taskdb_core::Backoff;
/// let backoff = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(5));
/// let delays = [0, 1, 2, 3].map(|retries| backoff.delay(7, retries).as_secs());
/// assert_eq!(delays, [1, 2, 4, 5]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// Microseconds before the second attempt; none when 0.
    pub first_micros: i64,
    /// The most microseconds before any.
    pub cap_micros: i64,
    /// The percentage that may be taken off.
    #[serde(default)]
    pub jitter: u8,
}

/// The fractional parts of their multiples are spread evenly: 1/φ and 1/ρ, of the golden
/// ratio and the plastic number.
const SPREAD: (f64, f64) = (0.618_033_988_749_894_9, 0.754_877_666_246_692_7);

/// Beyond so many doublings every delay has reached its cap.
const DOUBLINGS: i32 = 62;

impl Backoff {
    /// The next attempt follows at once.
    pub const NONE: Self = Self { first_micros: 0, cap_micros: 0, jitter: 0 };

    /// The same delay before each attempt.
    pub fn fixed(delay: Duration) -> Self {
        Self::exponential(delay, delay)
    }

    /// `first` before the second attempt, twice as long before each further one, `cap` at most.
    pub fn exponential(first: Duration, cap: Duration) -> Self {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        Self { first_micros: micros(first), cap_micros: micros(cap), jitter: 0 }
    }

    /// Takes up to so many percent off each delay.
    #[must_use]
    pub fn jitter(self, percent: u8) -> Self {
        Self { jitter: percent, ..self }
    }

    /// Whether the next attempt follows at once.
    pub fn is_none(&self) -> bool {
        self.first_micros == 0
    }

    /// How long the task of this age waits that has been retried so often before.
    pub fn delay(&self, age: u64, retries: i32) -> Duration {
        // Each step is one operation on f64, in the same order in every store.
        let doubled = self.first_micros as f64 * 2_f64.powi(retries.clamp(0, DOUBLINGS));
        let delay = doubled.min(self.cap_micros as f64);
        let place = age as f64 * SPREAD.0 + f64::from(retries) * SPREAD.1;
        let part = f64::from(self.jitter) / 100.0 * (place - place.floor());
        Duration::from_micros((delay * (1.0 - part)).floor() as u64)
    }

    /// Refuses what cannot be, and brings every way to say "at once" into one.
    pub(crate) fn check(&mut self) -> Result<()> {
        if self.is_none() {
            *self = Self::NONE;
        }
        let longest = i64::from(Limits::MAX_TIMEOUT_SECS) * 1_000_000;
        if self.jitter > 100 {
            return refuse("takes off more than 100 percent");
        }
        if self.first_micros < 0 || self.cap_micros < self.first_micros {
            return refuse("must begin at 0 or more and not above its cap");
        }
        if self.cap_micros > longest {
            return refuse("is longer than thirty days");
        }
        Ok(())
    }
}

fn refuse(reason: &str) -> Result<()> {
    Err(TaskDbErr::invalid("backoff", reason))
}

/// What the engine does when attempts at a task fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// How long it waits before its next attempt.
    #[serde(default, skip_serializing_if = "Backoff::is_none")]
    pub backoff: Backoff,
    /// How many of its claims may expire; one more fails it with `lost too often`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_losses: Option<u32>,
}

impl Rules {
    /// Whether they are those of a task that has none of its own.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_spread_and_never_above_their_cap() {
        let backoff =
            Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60)).jitter(50);
        let delays: Vec<_> = (0..1_000).map(|age| backoff.delay(age, 3)).collect();
        let bounds = Duration::from_secs(4)..=Duration::from_secs(8);
        assert!(delays.iter().all(|delay| bounds.contains(delay)));
        let early = delays.iter().filter(|delay| **delay < Duration::from_secs(6)).count();
        assert!((480..=520).contains(&early), "{early} of 1 000 in the earlier half");
        assert!(backoff.delay(0, 10_000) <= Duration::from_secs(60));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let second = Duration::from_secs(1);
        assert!(Backoff::exponential(second * 2, second).check().is_err());
        assert!(Backoff::fixed(second).jitter(101).check().is_err());
        assert!(Backoff::fixed(second * 86_400 * 31).check().is_err());
        assert!(Backoff { first_micros: -1, ..Backoff::fixed(second) }.check().is_err());
        let mut none = Backoff::NONE.jitter(5);
        assert!(none.check().is_ok());
        assert_eq!(none, Backoff::NONE);
    }
}
