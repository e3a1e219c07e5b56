//! Why a migration is refused or fails.

use std::path::{Path, PathBuf};

use taskdb::TaskDbErr;

/// What the calls of this crate return.
pub type Result<T, E = MigrateErr> = std::result::Result<T, E>;

/// Why a migration was refused or failed. Messages name the place and the record, say what
/// to do next, and never contain a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateErr {
    /// A store refused or failed.
    #[error("{place}: {source}")]
    Store {
        /// Which store.
        place: String,
        /// What it said.
        #[source]
        source: Box<TaskDbErr>,
    },
    /// A store refused a record.
    #[error("{place} does not take {record}: {source}")]
    Record {
        /// Which store.
        place: String,
        /// Which record.
        record: String,
        /// What it said.
        #[source]
        source: Box<TaskDbErr>,
    },
    /// A file cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// A line of a dump cannot be used.
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// What was asked for cannot be done; nothing was written.
    #[error("{0}")]
    Refused(String),
    /// The target does not hold what the source does; it stays closed.
    #[error("{0}")]
    Differs(String),
}

impl MigrateErr {
    /// The error of a store.
    pub(crate) fn store(place: &str, source: TaskDbErr) -> Self {
        Self::Store { place: place.to_owned(), source: Box::new(source) }
    }

    pub(crate) fn file(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }

    /// Whether nothing was written and the same command would be refused again.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Store { source, .. } => {
                matches!(source.root(), TaskDbErr::Config(_) | TaskDbErr::InvalidArgument { .. })
            }
            _ => false,
        }
    }
}

impl From<TaskDbErr> for MigrateErr {
    fn from(error: TaskDbErr) -> Self {
        Self::store("the store", error)
    }
}
