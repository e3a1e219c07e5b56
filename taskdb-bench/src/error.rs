//! What can go wrong with a benchmark. Low figures are no error.

use std::path::{Path, PathBuf};

use taskdb::TaskDbErr;

/// What a call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a benchmark has not come to its figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A store refused a call or could not be reached.
    #[error(transparent)]
    Store(#[from] TaskDbErr),
    /// There is a backend for this scheme, and the program does not know how to make
    /// fresh stores there.
    #[error(
        "`{scheme}:` cannot be measured: use `sqlite://FILE`, `memory:`, \
             `redis://HOST`, `redis-private`, `postgres://HOST` or `postgres-private`"
    )]
    Place {
        /// The scheme of the URL.
        scheme: String,
    },
    /// The work was not done as it should have been, so its time means nothing.
    #[error("the workload did not do its work: {0}")]
    Unsound(String),
    /// The bare connection beside the store failed.
    #[error("bare connection: {0}")]
    Bare(#[from] rusqlite::Error),
    /// A Redis server failed at what is asked of it beside the engine.
    #[error("Redis, beside the engine: {0}")]
    Redis(#[from] redis::RedisError),
    /// A Postgres server failed at what is asked of it beside the engine.
    #[error("Postgres, beside the engine: {0}")]
    Postgres(#[from] sqlx::Error),
    /// A private server did not start.
    #[error("private server: {0}")]
    Server(#[from] std::io::Error),
    /// A program that measures a limit failed.
    #[error("`{program}`: {reason}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A file or folder could not be used.
    #[error("{path}: {source}; choose another place", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A process that takes part in a workload failed.
    #[error("the second process: {0}")]
    Child(String),
    /// The machine does not say what a figure needs.
    #[error("the machine does not say {0}")]
    Machine(&'static str),
    /// A plot or the JSON could not be made.
    #[error("report: {0}")]
    Report(String),
    /// The user has ended the program.
    #[error("interrupted; what it had made is removed")]
    Interrupted,
}

impl Error {
    /// The error of a path, for `map_err`.
    pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// Refuses figures of work that was not done.
pub(crate) fn ensure(done: bool, otherwise: impl FnOnce() -> String) -> Result<()> {
    if done { Ok(()) } else { Err(Error::Unsound(otherwise())) }
}
