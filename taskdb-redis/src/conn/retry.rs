//! Whether a call is sent again, and when.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use redis::RedisError;
use tokio::time::{Instant, sleep};

use crate::config::Retry;
use crate::error::Fault;
use crate::script::Kind;

/// The attempts of one call.
pub(super) struct Attempts {
    pauses: ExponentialBackoff,
    /// When the last attempt may begin: one that has no time for its answer would turn
    /// what surely did not run into what may have.
    latest: Instant,
    kind: Kind,
    /// The first fault after which the call may have run.
    may_have_run: Option<RedisError>,
    /// Whether it may have run although a server has said that it did not.
    doubted: bool,
}

impl Attempts {
    /// Those of a call that begins now and may take as long as `limit`.
    pub(super) fn new(retry: Retry, limit: Duration, kind: Kind) -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(retry.min)
            .with_max_delay(retry.max)
            .with_max_times(retry.attempts.saturating_sub(1))
            .with_jitter()
            .build();
        Self {
            pauses,
            latest: Instant::now() + limit * 9 / 10,
            kind,
            may_have_run: None,
            doubted: false,
        }
    }

    /// A server does not know the script, if it is this call that it means: what it says of
    /// that bears no stamp. Whoever would do harm by a repeat has to believe it.
    pub(super) fn doubt(&mut self) {
        self.doubted = self.kind == Kind::Repeatable;
    }

    /// Returns when the call is to be sent again.
    ///
    /// # Errors
    ///
    /// The fault of the call, when it is not. Once an attempt may have run, that is
    /// `Maybe`, whatever a later one says. A read never is: it has changed nothing.
    pub(super) async fn again(&mut self, fault: Fault) -> Result<(), Fault> {
        let pause = self.judge(fault)?;
        sleep(pause).await;
        Ok(())
    }

    fn judge(&mut self, fault: Fault) -> Result<Duration, Fault> {
        let fault = match (fault, self.kind) {
            (Fault::Maybe(error), Kind::Read) => Fault::NotRun(error),
            (fault, _) => fault,
        };
        if let Fault::Maybe(error) = &fault {
            self.may_have_run.get_or_insert_with(|| error.clone());
        }
        let again = match &fault {
            Fault::NotRun(_) => true,
            Fault::Maybe(_) => self.kind == Kind::Repeatable,
            Fault::Broken(_) | Fault::Refused(_) => false,
        };
        let in_time = |pause: &Duration| again && Instant::now() + *pause < self.latest;
        match self.pauses.next().filter(in_time) {
            Some(pause) => Ok(pause),
            None => Err(match (self.may_have_run.take(), fault) {
                (Some(error), _) => Fault::Maybe(error),
                (None, Fault::NotRun(error)) if self.doubted => Fault::Maybe(error),
                (None, fault) => fault,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn attempts(kind: Kind) -> Attempts {
        let (min, max) = (Duration::from_millis(1), Duration::from_millis(2));
        let retry = Retry { attempts: 3, min, max };
        Attempts::new(retry, Duration::from_secs(60), kind)
    }

    fn not_run() -> Fault {
        Fault::from(RedisError::from(io::Error::from(io::ErrorKind::ConnectionRefused)))
    }

    #[tokio::test]
    async fn what_did_not_run_is_sent_as_often_as_allowed() {
        for kind in [Kind::Read, Kind::Repeatable, Kind::Once] {
            let mut attempts = attempts(kind);
            for _ in 0..2 {
                attempts.again(not_run()).await.unwrap();
            }
            assert!(matches!(attempts.again(not_run()).await, Err(Fault::NotRun(_))));
        }
    }

    #[tokio::test]
    async fn what_may_have_run_is_sent_again_only_if_it_may_repeat() {
        let once = attempts(Kind::Once).again(Fault::no_answer()).await;
        assert!(matches!(once, Err(Fault::Maybe(_))));
        let mut repeatable = attempts(Kind::Repeatable);
        repeatable.again(Fault::no_answer()).await.unwrap();
        repeatable.again(not_run()).await.unwrap();
        assert!(matches!(repeatable.again(not_run()).await, Err(Fault::Maybe(_))));
        let mut read = attempts(Kind::Read);
        for _ in 0..2 {
            read.again(Fault::no_answer()).await.unwrap();
        }
        assert!(matches!(read.again(Fault::no_answer()).await, Err(Fault::NotRun(_))));
    }

    #[tokio::test]
    async fn what_was_told_without_a_stamp_is_open_when_nothing_follows() {
        let mut attempts = attempts(Kind::Repeatable);
        attempts.doubt();
        for _ in 0..2 {
            attempts.again(not_run()).await.unwrap();
        }
        assert!(matches!(attempts.again(not_run()).await, Err(Fault::Maybe(_))));
    }

    #[tokio::test]
    async fn no_attempt_begins_too_late_for_its_answer() {
        let mut attempts = attempts(Kind::Read);
        attempts.latest = Instant::now();
        assert!(matches!(attempts.again(not_run()).await, Err(Fault::NotRun(_))));
    }
}
