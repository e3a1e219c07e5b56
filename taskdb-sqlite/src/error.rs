//! What can go wrong inside a command, and what callers are told of it.

use rusqlite::ErrorCode;
use taskdb_core::TaskDbErr;
use taskdb_core::error::Failure;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A rule says no; nothing was written.
    Refused(Box<TaskDbErr>),
    /// A rule says no after something was written, which must be undone.
    Undo(Box<TaskDbErr>),
    /// SQLite failed; the transaction cannot be trusted.
    Driver(rusqlite::Error),
}

impl Fault {
    /// Whether another connection stands in the way, for the moment.
    pub(crate) fn is_busy(&self) -> bool {
        let busy =
            |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        matches!(self, Self::Driver(error) if busy(error))
    }

    /// Whether the transaction can go on.
    pub(crate) fn left_no_trace(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// What commands return.
pub(crate) type Outcome<T> = Result<T, Fault>;

impl From<TaskDbErr> for Fault {
    fn from(error: TaskDbErr) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<serde_json::Error> for Fault {
    /// What is stored as JSON was written as JSON.
    fn from(error: serde_json::Error) -> Self {
        TaskDbErr::Corrupt(Failure::new("a stored value is not JSON").caused_by(error)).into()
    }
}

impl From<Fault> for TaskDbErr {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) | Fault::Undo(error) => *error,
            Fault::Driver(error) => explain(error),
        }
    }
}

/// A stored number that stands for nothing.
pub(crate) fn corrupt(what: impl Into<String>) -> Fault {
    TaskDbErr::Corrupt(Failure::new(what)).into()
}

/// The writer has gone: its thread ended with the last handle, or panicked.
pub(crate) fn gone() -> TaskDbErr {
    TaskDbErr::Unknown(Failure::new("the connection was closed while the call was under way"))
}

fn explain(error: rusqlite::Error) -> TaskDbErr {
    let failure = |words: &str| Failure::new(words);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => TaskDbErr::Unavailable(
            failure("another process holds the file locked").caused_by(error),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => TaskDbErr::Unavailable(
            failure("the file cannot be opened; does its folder exist, is it writable?")
                .caused_by(error),
        ),
        Some(ErrorCode::ReadOnly) => {
            TaskDbErr::Unavailable(failure("the file is read-only").caused_by(error))
        }
        Some(ErrorCode::DiskFull) => {
            TaskDbErr::StoreFull(failure("no space is left for the file").caused_by(error))
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            TaskDbErr::Corrupt(failure("the file is not a sound database").caused_by(error))
        }
        _ => TaskDbErr::Backend(failure("SQLite").caused_by(error)),
    }
}
