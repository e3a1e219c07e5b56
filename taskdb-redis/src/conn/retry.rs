//! Sends a call again, where that is right and while there is time.

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{Instant, sleep};

use crate::config::Retry;
use crate::error::Fault;
use crate::script::Kind;

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
    let mut may_have_run = None;
    loop {
        let fault = match attempt().await {
            Ok(value) => return Ok(value),
            Err(fault) => fault,
        };
        let fault = match (fault, kind) {
            (Fault::Maybe(error), Kind::Read) => Fault::NotRun(error),
            (Fault::Broken(error), Kind::Read) => Fault::unread(error),
            (fault, _) => fault,
        };
        let again = match (&fault, kind) {
            (Fault::NotRun(_), _) | (Fault::Maybe(_), Kind::Repeatable) => true,
            (Fault::Maybe(_) | Fault::Broken(_) | Fault::Refused(_), _) => false,
        };
        let pause = pauses.next().filter(|pause| again && Instant::now() + *pause < deadline);
        if let (Fault::Maybe(error), true) = (&fault, may_have_run.is_none()) {
            may_have_run = Some(error.clone());
        }
        let Some(pause) = pause else {
            return Err(may_have_run.map_or(fault, Fault::Maybe));
        };
        sleep(pause).await;
    }
}
