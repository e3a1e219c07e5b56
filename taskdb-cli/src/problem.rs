//! Why a command of the program gives up, and the exit code that tells.

use taskdb::TaskDbErr;

/// Why there is nothing to show.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The command line cannot be used; nothing was done.
    Refused(String),
    /// The store, or the machine, said no.
    Failed(String),
}

impl From<TaskDbErr> for Problem {
    fn from(error: TaskDbErr) -> Self {
        match error.root() {
            TaskDbErr::InvalidArgument { .. }
            | TaskDbErr::InvalidBeMult { .. }
            | TaskDbErr::TooLarge { .. }
            | TaskDbErr::Config(_) => Self::Refused(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
