//! How long to wait before a call is made again that the store could not serve.

use std::time::Duration;

use backon::{BackoffBuilder, ConstantBuilder, ExponentialBuilder, Retryable};
use taskdb::TaskDbErr;

/// The longest pause between two attempts to reach a store.
const LONGEST: Duration = Duration::from_secs(5);
/// The longest pause before a task is tried again.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

fn exponential(first: Duration, longest: Duration) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_jitter()
        .without_max_times()
}

/// Pauses between attempts to reach a store, without an end.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    exponential(Duration::from_millis(100), LONGEST).build()
}

/// Pauses of about a second, so that many workers do not ask in step.
pub(super) fn beats() -> impl Iterator<Item = Duration> {
    let delay = Duration::from_millis(750);
    ConstantBuilder::default().with_delay(delay).with_jitter().without_max_times().build()
}

/// The pause before a task is tried again that has been retried so often.
pub(super) fn delay(retries: i32) -> Duration {
    let mut delays = exponential(Duration::from_millis(250), LONGEST_DELAY).build();
    delays.nth(usize::try_from(retries).unwrap_or(0)).unwrap_or(LONGEST_DELAY)
}

/// Whether the store may serve the same call a little later, be it that somebody has to
/// open it first, or to make room.
pub(super) fn passes(error: &TaskDbErr) -> bool {
    use TaskDbErr::{Closed, StoreFull, Unknown};
    error.is_retryable() || matches!(error.root(), Unknown(_) | Closed { .. } | StoreFull(_))
}

/// Makes a call again, without an end, until the store has given an answer. Only for
/// calls that are harmless to repeat.
pub(super) async fn insist<T, F>(call: impl FnMut() -> F) -> Result<T, TaskDbErr>
where
    F: Future<Output = Result<T, TaskDbErr>>,
{
    call.retry(exponential(Duration::from_millis(100), LONGEST)).when(passes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_is_made_again_until_the_store_answers() {
        let calls = std::cell::Cell::new(0);
        let outcome = insist(async || {
            calls.set(calls.get() + 1);
            let gone = || taskdb::error::Failure::new("gone");
            match calls.get() {
                1 => Err(TaskDbErr::Unavailable(gone())),
                2 => Err(TaskDbErr::Unknown(gone())),
                3 => Err(TaskDbErr::Corrupt(gone())),
                _ => Ok(()),
            }
        });
        assert!(matches!(outcome.await, Err(TaskDbErr::Corrupt(_))), "what will not pass is told");
        assert_eq!(calls.get(), 3);
    }

    #[test]
    fn delays_grow_to_their_limit_and_no_further() {
        for (retries, least, most) in
            [(0, 250, 501), (1, 500, 1_001), (9, 30_000, 60_001), (10_000, 30_000, 60_001)]
        {
            let delay = delay(retries);
            let range = Duration::from_millis(least)..Duration::from_millis(most);
            assert!(range.contains(&delay), "{retries}: {delay:?}");
        }
    }
}
