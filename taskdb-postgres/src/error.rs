//! What became of a statement that failed, and what callers are told of it.

use std::error::Error as _;
use std::io::ErrorKind;

use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use taskdb_core::TaskDbErr;
use taskdb_core::error::{BoxError, Failure};

/// Why a statement has no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Surely undone or never begun; another attempt may succeed.
    NotRun(BoxError),
    /// Sent, and the answer is missing.
    Maybe(BoxError),
    /// Not executed, and another attempt would fare alike.
    Refused(Box<TaskDbErr>),
}

impl Fault {
    /// The fault of a connection that could not be had: no statement was sent.
    pub(crate) fn connecting(error: Error) -> Self {
        match error {
            // Each side has told the other what it does not like; it will not like it later.
            Error::Io(told) if told.kind() == ErrorKind::InvalidData => {
                Self::unusable(&Error::Io(told))
            }
            // What has arrived at the server as the first words is not what was said.
            Error::Database(told) if told.code().as_deref() == Some("0A000") => {
                Self::NotRun(told.into())
            }
            error => match Self::from(error) {
                Self::Maybe(error) => Self::NotRun(error),
                other => other,
            },
        }
    }

    /// A server that is not to be used as it is configured.
    fn unusable(error: &Error) -> Self {
        let words = format!("cannot connect to Postgres: {}", words(error));
        Self::Refused(Box::new(TaskDbErr::Config(words)))
    }

    /// No connection in time.
    pub(crate) fn no_connection() -> Self {
        Self::NotRun("no connection in time".into())
    }

    /// What should have been the answer is that of another call.
    pub(crate) fn out_of_step() -> Self {
        Self::Maybe("an answer that belongs to another call".into())
    }

    /// The same, of a statement that may have run all the same.
    pub(crate) fn in_doubt(self) -> Self {
        match self {
            Self::NotRun(error) | Self::Maybe(error) => Self::Maybe(error),
            Self::Refused(error) => Self::Maybe(error.to_string().into()),
        }
    }

    /// No answer in time.
    pub(crate) fn no_answer() -> Self {
        Self::Maybe("no answer in time".into())
    }
}

impl From<Error> for Fault {
    /// The fault of a statement that may have been sent.
    fn from(error: Error) -> Self {
        let refused = |kind: TaskDbErr| Self::Refused(Box::new(kind));
        match error {
            // The server ends itself, whatever the reason, perhaps in the middle of a commit.
            Error::Database(error) if is_panic(&*error) => Self::Maybe(error.into()),
            Error::Database(error) => {
                let code = error.code().unwrap_or_default().into_owned();
                Self::by_code(&code, error)
            }
            Error::PoolTimedOut => Self::NotRun(error.into()),
            // It stays closed.
            Error::PoolClosed => {
                let failure = Failure::new("the pool of connections is closed");
                refused(TaskDbErr::Unavailable(failure.caused_by(error)))
            }
            Error::Io(_) | Error::Protocol(_) | Error::WorkerCrashed => Self::Maybe(error.into()),
            Error::Tls(_) | Error::Configuration(_) => Self::unusable(&error),
            Error::ColumnDecode { .. }
            | Error::ColumnNotFound(_)
            | Error::Decode(_)
            | Error::RowNotFound => refused(corrupt(words(&error))),
            other => refused(backend(other)),
        }
    }
}

fn is_panic(error: &dyn DatabaseError) -> bool {
    let error = error.try_downcast_ref::<PgDatabaseError>();
    error.is_some_and(|error| error.severity() == PgSeverity::Panic)
}

impl Fault {
    /// What the server says. Except where noted, a statement that fails is undone.
    fn by_code(code: &str, error: Box<dyn DatabaseError>) -> Self {
        let refused = |kind: TaskDbErr| Self::Refused(Box::new(kind));
        let because = |why: &str| Failure::new(why).caused_by(error.message().to_owned());
        match (code, code.get(..2).unwrap_or("")) {
            // Serialization failure, deadlock, lock not available; too many connections,
            // not enough memory; starting up; read-only, as a standby is; cancelled.
            ("40001" | "40P01" | "55P03" | "53200" | "53300" | "57P03" | "25006" | "57014", _) => {
                Self::NotRun(error.into())
            }
            // The server ends the connection and may have committed before.
            ("57P01" | "57P02", _) | (_, "08") => Self::Maybe(error.into()),
            ("53100", _) => {
                refused(TaskDbErr::StoreFull(because("the disk of the server is full")))
            }
            ("28P01" | "28000" | "3D000", _) => refused(TaskDbErr::Config(format!(
                "Postgres refuses this client: {}",
                error.message()
            ))),
            ("42501", _) => refused(TaskDbErr::Config(format!(
                "the role lacks a right: {}; let its owner lay out the namespace and grant it",
                error.message()
            ))),
            ("TD001", _) => refused(TaskDbErr::Backend(because(REFUSAL))),
            (_, "22" | "23" | "XX") => refused(TaskDbErr::Corrupt(because("Postgres"))),
            _ => refused(TaskDbErr::Backend(because("Postgres"))),
        }
    }
}

/// Marks a refusal that a function has raised to undo what it had written.
const REFUSAL: &str = "refused";

/// The refusal that a function has raised, if this error is one.
pub(crate) fn raised(error: &TaskDbErr) -> Option<serde_json::Value> {
    let TaskDbErr::Backend(failure) = error else { return None };
    let source = failure.source().filter(|_| failure.to_string().starts_with(REFUSAL))?;
    serde_json::from_str(&source.to_string()).ok()
}

impl From<Fault> for TaskDbErr {
    fn from(fault: Fault) -> Self {
        let failure = |words: &str, error: BoxError| Failure::new(words).caused_by(error);
        match fault {
            Fault::NotRun(error) => Self::Unavailable(failure("Postgres did not take it", error)),
            Fault::Maybe(error) => Self::Unknown(failure("Postgres did not answer", error)),
            Fault::Refused(error) => *error,
        }
    }
}

fn backend(error: Error) -> TaskDbErr {
    TaskDbErr::Backend(Failure::new("Postgres").caused_by(error))
}

/// An error of the driver with what caused it.
fn words(error: &Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

/// Something stored, or an answer about it, breaks its rules.
pub(crate) fn corrupt(what: impl Into<String>) -> TaskDbErr {
    TaskDbErr::Corrupt(Failure::new(what))
}

/// The same error once more, for another caller of a statement that was shared.
pub(crate) fn again(error: &TaskDbErr) -> TaskDbErr {
    let failure = |failure: &Failure| Failure::new(failure.to_string());
    match error {
        TaskDbErr::Closed { gate } => TaskDbErr::Closed { gate: *gate },
        TaskDbErr::StoreFull(f) => TaskDbErr::StoreFull(failure(f)),
        TaskDbErr::Unavailable(f) => TaskDbErr::Unavailable(failure(f)),
        TaskDbErr::Unknown(f) => TaskDbErr::Unknown(failure(f)),
        TaskDbErr::Corrupt(f) => TaskDbErr::Corrupt(failure(f)),
        TaskDbErr::Config(words) => TaskDbErr::Config(words.clone()),
        other => TaskDbErr::Backend(Failure::new(other.to_string())),
    }
}
