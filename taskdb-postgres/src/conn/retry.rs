//! Sends a call again, where that is right and while there is time.

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{Instant, sleep};

use super::Kind;
use crate::config::Retry;
use crate::error::Fault;

/// Attempts until one succeeds, is refused, or may have run and must not run twice.
///
/// Once an attempt may have run, the call is `Maybe` whatever a later one says, unless
/// that one succeeds. A read is never: it has changed nothing.
pub(super) async fn run<T, A>(
    retry: Retry,
    deadline: Instant,
    kind: Kind,
    mut attempt: impl FnMut() -> A,
) -> Result<T, Fault>
where
    // An `AsyncFnMut` would not do: its futures are not known to be `Send`.
    A: Future<Output = Result<T, Fault>>,
{
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(retry.min)
        .with_max_delay(retry.max)
        .with_max_times(retry.attempts.saturating_sub(1))
        .with_jitter()
        .build();
    let mut may_have_run = false;
    loop {
        let fault = match attempt().await {
            Ok(value) => return Ok(value),
            Err(Fault::Maybe(error)) if kind == Kind::Read => Fault::NotRun(error),
            Err(fault) => fault,
        };
        let again = match &fault {
            Fault::NotRun(_) => true,
            Fault::Maybe(_) => kind == Kind::Repeatable,
            Fault::Refused(_) => false,
        };
        may_have_run |= matches!(fault, Fault::Maybe(_));
        let pause = pauses.next().filter(|pause| again && Instant::now() + *pause < deadline);
        match (pause, fault) {
            (Some(pause), _) => sleep(pause).await,
            (None, fault) if may_have_run => return Err(fault.in_doubt()),
            (None, fault) => return Err(fault),
        }
    }
}
