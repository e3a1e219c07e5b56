//! Pauses that grow and are spread: before a store is asked again, and before a task is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::Request;

/// The longest pause between two attempts to reach a store. Whoever asks so seldom costs
/// nothing, and is back within a second of the store; jitter adds up to as much.
const LONGEST: Duration = Duration::from_millis(500);
/// The longest pause of the default policy, before its jitter.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

fn exponential(first: Duration, longest: Duration) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_jitter()
        .without_max_times()
}

/// Pauses between attempts to reach a store, without an end.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    exponential(Duration::from_millis(50), LONGEST).build()
}

/// One of them.
pub(crate) fn pause_number(number: u32) -> Duration {
    // Beyond these they grow no more.
    pauses().nth(usize::try_from(number.min(16)).unwrap_or(16)).unwrap_or(LONGEST)
}

/// A pause of about this length, so that many workers do not ask in step.
pub(crate) fn about(length: Duration) -> Duration {
    let spread = exponential(length, length).build().next().unwrap_or(length);
    // Jitter adds up to the length itself; a tenth of that is enough here.
    length * 9 / 10 + (spread - length) / 5
}

/// How long a task waits before its next attempt.
#[derive(Clone)]
pub(crate) struct RetryPolicy(Arc<dyn Fn(&Request) -> Duration + Send + Sync>);

impl RetryPolicy {
    pub(crate) fn new(policy: impl Fn(&Request) -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(policy))
    }

    pub(crate) fn pause(&self, request: &Request) -> Duration {
        // One that panics must not end the attempt without a word to the store.
        catch_unwind(AssertUnwindSafe(|| (self.0)(request))).unwrap_or_else(|panic| {
            let error = super::attempt::text(&*panic);
            tracing::warn!(error, "the retry policy is broken; the default one is used");
            default(request)
        })
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(default)
    }
}

fn default(request: &Request) -> Duration {
    let retries = usize::try_from(request.attempt() - 1).unwrap_or(0).min(16);
    let mut pauses = exponential(Duration::from_millis(250), LONGEST_RETRY).build();
    pauses.nth(retries).unwrap_or(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_no_further() {
        for (number, least, most) in
            [(0, 50, 101), (1, 100, 201), (9, 500, 1_001), (9_999, 500, 1_001)]
        {
            let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
            let pause = pause_number(number);
            assert!((least..most).contains(&pause), "{number}: {pause:?}");
        }
    }

    #[test]
    fn beats_stay_about_their_length() {
        for _ in 0..100 {
            let beat = about(Duration::from_secs(1));
            let range = Duration::from_millis(900)..=Duration::from_millis(1_100);
            assert!(range.contains(&beat), "{beat:?}");
        }
    }
}
