//! The error type that existing code matches on, and what becomes of the engine's
//! errors in it. The engine's own type says more.

use std::io;

use engine::TaskDbErr as EngineErr;
use sqlx::migrate::MigrateError;

/// The error of sqlx.
pub use sqlx::Error as SqlxError;

/// Why a call was refused or failed, on any store.
///
/// | engine | here |
/// |---|---|
/// | `NotFound` | `SqlError(RowNotFound)` |
/// | `Unavailable`, `Unknown` | `SqlError(Io(..))`; the engine's error is inside |
/// | `Format` | `MigrateErr(Source(..))`; the engine's error is inside |
/// | `Json` | `JsonErr` |
/// | `InvalidBeMult` | `InvalidBeMult` |
/// | everything else | `InternalErr` with its message |
///
/// ```
/// use taskdb::{SqlxError, TaskDbErr};
///
/// fn status(error: &TaskDbErr) -> u16 {
///     match error {
///         TaskDbErr::SqlError(SqlxError::RowNotFound) => 404,
///         TaskDbErr::SqlError(SqlxError::Io(_)) => 503,
///         _ => 500,
///     }
/// }
/// let lost = taskdb::engine::TaskDbErr::no_job(&uuid::Uuid::nil());
/// assert_eq!(status(&lost.into()), 404);
/// ```
#[derive(Debug, thiserror::Error)]
pub enum TaskDbErr {
    /// What was asked for does not exist (`RowNotFound`), or the store failed.
    #[error(transparent)]
    SqlError(#[from] SqlxError),
    /// The call was refused; the message says why and what to do.
    #[error("{0}")]
    InternalErr(String),
    /// What is stored is not of a format that this release reads.
    #[error(transparent)]
    MigrateErr(#[from] MigrateError),
    /// A stored output does not have the shape the caller asked for.
    #[error(transparent)]
    JsonErr(#[from] serde_json::Error),
    /// The best-effort weight of a stream is out of range.
    #[error("be_mult is out of range: use a finite number from 0.001 to 1000000")]
    InvalidBeMult,
}

impl From<EngineErr> for TaskDbErr {
    fn from(error: EngineErr) -> Self {
        match error {
            EngineErr::NotFound { .. } => Self::SqlError(SqlxError::RowNotFound),
            EngineErr::InvalidBeMult { .. } => Self::InvalidBeMult,
            EngineErr::Json(error) => Self::JsonErr(error),
            // A lost connection, before or after the call was sent, has always looked so.
            EngineErr::Unavailable(_) | EngineErr::Unknown(_) => {
                Self::SqlError(SqlxError::Io(io::Error::other(error)))
            }
            EngineErr::Format { .. } => Self::MigrateErr(MigrateError::Source(Box::new(error))),
            EngineErr::Batch { source, .. } => (*source).into(),
            other => Self::InternalErr(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::error::Failure;
    use engine::store::Gate;
    use uuid::Uuid;

    use super::*;

    fn lost() -> EngineErr {
        EngineErr::no_task(&Uuid::nil(), "init")
    }

    #[test]
    fn not_found_is_row_not_found_within_a_batch_too() {
        let batch = EngineErr::Batch { index: 1, source: Box::new(lost()) };
        for error in [lost(), batch] {
            let error = TaskDbErr::from(error);
            assert!(matches!(error, TaskDbErr::SqlError(SqlxError::RowNotFound)), "{error:?}");
        }
    }

    #[test]
    fn a_failing_connection_is_an_error_of_sqlx_with_the_cause_inside() {
        for error in [
            EngineErr::Unavailable(Failure::new("refused")),
            EngineErr::Unknown(Failure::new("reset")),
        ] {
            let message = error.to_string();
            let TaskDbErr::SqlError(SqlxError::Io(io)) = error.into() else { panic!("{message}") };
            let cause = io.get_ref().and_then(|cause| cause.downcast_ref::<EngineErr>());
            assert_eq!(cause.map(ToString::to_string), Some(message));
        }
    }

    #[test]
    fn the_other_kinds_have_their_variants() {
        let newer = TaskDbErr::from(EngineErr::Format { found: 9, supported: 1 });
        assert!(matches!(newer, TaskDbErr::MigrateErr(MigrateError::Source(_))), "{newer:?}");
        assert!(newer.to_string().contains("upgrade taskdb"), "{newer}");
        let json = serde_json::from_str::<u8>("\"x\"").unwrap_err();
        assert!(matches!(EngineErr::Json(json).into(), TaskDbErr::JsonErr(_)));
        let weight = EngineErr::InvalidBeMult { value: 0.0 };
        assert!(matches!(weight.into(), TaskDbErr::InvalidBeMult));
    }

    #[test]
    fn what_has_no_variant_keeps_its_message() {
        for error in [
            EngineErr::Closed { gate: Gate::ReadOnly },
            EngineErr::StoreFull(Failure::new("no space left")),
            EngineErr::Corrupt(Failure::new("two claims")),
            EngineErr::Config("no file".into()),
            EngineErr::invalid("limit", "is -1; use 0 or more"),
        ] {
            let message = error.to_string();
            let TaskDbErr::InternalErr(text) = error.into() else { panic!("{message}") };
            assert_eq!(text, message);
        }
    }
}
