//! How a run ends: its result, or why there is none.

use crate::{FAILED, OK, REFUSED};

/// How a run ended.
pub(crate) enum Outcome {
    /// Here is the result; it is written already.
    Done(String),
    /// A task failed; the text says which and why.
    Failed(String),
    /// A signal ended the run; the code is the one to exit with.
    Interrupted { code: u8, text: String },
    /// The plan is printed; nothing was run.
    Planned,
}

/// Why there is no outcome.
pub(crate) enum Error {
    /// The command line or the graph cannot be used; nothing was run.
    Refused(String),
    /// The engine, or the machine, did not do its part.
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<taskdb::TaskDbErr> for Error {
    fn from(error: taskdb::TaskDbErr) -> Self {
        Self::Broken(error.into())
    }
}

/// The end of a run, for those who are told of it.
pub(crate) struct End {
    /// One word.
    pub(crate) outcome: &'static str,
    /// The exit code.
    pub(crate) code: u8,
    /// Why there is no result.
    pub(crate) error: Option<String>,
}

impl From<&Result<Outcome, Error>> for End {
    fn from(ended: &Result<Outcome, Error>) -> Self {
        let (outcome, code, error) = match ended {
            Ok(Outcome::Done(_)) => ("done", OK, None),
            Ok(Outcome::Planned) => ("planned", OK, None),
            Ok(Outcome::Failed(why)) => ("failed", FAILED, Some(why.clone())),
            Ok(Outcome::Interrupted { code, text }) => ("interrupted", *code, Some(text.clone())),
            Err(Error::Refused(why)) => ("refused", REFUSED, Some(why.clone())),
            Err(Error::Broken(why)) => ("broken", FAILED, Some(format!("{why:#}"))),
        };
        Self { outcome, code, error }
    }
}
