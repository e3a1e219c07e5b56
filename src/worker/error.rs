//! What a handler answers when an attempt went wrong. Errors of stores are
//! [`TaskDbErr`](crate::TaskDbErr), ends of a whole worker [`RunError`](super::RunError).

use std::fmt;
use std::time::Duration;

/// A boxed error of any kind.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What handlers return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an attempt failed, and what is to become of the task.
///
/// Every error turns into one by `?` and means another attempt, as long as the task has
/// retries left; after that the task fails with the text of its last error. The
/// constructors say something else.
///
/// ```
/// use std::time::Duration;
/// use taskdb::worker::{self, Error};
///
/// fn fetch(url: &str) -> worker::Result<String> {
///     if url.is_empty() {
///         return Err(Error::fail("an empty URL stays empty however often it is tried"));
///     }
///     if url.ends_with("/busy") {
///         return Err(Error::retry_after(Duration::from_secs(60), "the server is busy"));
///     }
///     Ok(std::fs::read_to_string(url)?)
/// }
/// # assert_eq!(fetch("").unwrap_err().to_string(), "an empty URL stays empty however often it is tried");
/// # assert!(fetch("/none/busy").unwrap_err().to_string().contains("busy"));
/// ```
///
/// It does not implement [`std::error::Error`] itself, for else the conversion from all
/// others could not exist.
pub struct Error {
    pub(crate) verdict: Verdict,
    source: BoxError,
}

/// What an error means for its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another attempt, after the pause of the retry policy or one of its own.
    Retry(Option<Duration>),
    /// The task has failed, whatever retries it has left.
    Fail,
    /// The worker is broken: the task goes back to its place, and the worker stops.
    Stop,
}

impl Error {
    /// Another attempt after the pause of the worker's retry policy.
    pub fn retry(error: impl Into<BoxError>) -> Self {
        Self { verdict: Verdict::Retry(None), source: error.into() }
    }

    /// Another attempt after this pause.
    pub fn retry_after(pause: Duration, error: impl Into<BoxError>) -> Self {
        Self { verdict: Verdict::Retry(Some(pause)), source: error.into() }
    }

    /// No further attempt is of any use: the task fails, and unless it is optional its
    /// job with it.
    pub fn fail(error: impl Into<BoxError>) -> Self {
        Self { verdict: Verdict::Fail, source: error.into() }
    }

    /// It is the worker that is broken, such as by a full disk or a missing program: the
    /// task goes back to its place with its retries unchanged, and the worker stops with
    /// [`RunError::Stopped`](super::RunError::Stopped).
    pub fn stop_worker(error: impl Into<BoxError>) -> Self {
        Self { verdict: Verdict::Stop, source: error.into() }
    }

    /// The error inside, such as to look for one's own kind with `downcast_ref`.
    pub fn source(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.source
    }

    /// An error that came through layers, which keep what a handler has decided.
    pub(crate) fn from_layers(error: BoxError) -> Self {
        match error.downcast::<Carried>() {
            Ok(carried) => carried.0,
            Err(error) => Self::retry(error),
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}

impl From<Error> for BoxError {
    fn from(error: Error) -> Self {
        Box::new(Carried(error))
    }
}

/// With its causes, each behind a colon unless the one before it has said so already.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.source.to_string();
        f.write_str(&said)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !said.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("verdict", &self.verdict)
            .field("source", &self.source)
            .finish()
    }
}

/// An [`Error`] on its way through layers, which know only boxed errors.
#[derive(Debug)]
struct Carried(Error);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_survives_the_way_through_layers() {
        let pause = Some(Duration::from_secs(1));
        for (error, verdict) in [
            (Error::fail("x"), Verdict::Fail),
            (Error::stop_worker("x"), Verdict::Stop),
            (Error::retry_after(Duration::from_secs(1), "x"), Verdict::Retry(pause)),
            (std::io::Error::other("x").into(), Verdict::Retry(None)),
        ] {
            let there_and_back = Error::from_layers(BoxError::from(error));
            assert_eq!((there_and_back.verdict, there_and_back.to_string()), (verdict, "x".into()));
        }
        assert_eq!(Error::from_layers("of a layer".into()).verdict, Verdict::Retry(None));
    }

    #[test]
    fn causes_are_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read")]
        struct Outer(#[source] std::io::Error);
        let io = || std::io::Error::other("no such disk");
        assert_eq!(Error::from(Outer(io())).to_string(), "cannot read: no such disk");
        assert_eq!(Error::from(io()).to_string(), "no such disk");
    }
}
