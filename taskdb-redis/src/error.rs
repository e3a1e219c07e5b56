//! What became of a command that failed, and what callers are told of it.

use std::io;

use redis::{ErrorKind, RedisError, ServerErrorKind};
use taskdb_core::TaskDbErr;
use taskdb_core::error::Failure;

/// Why a command has no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Surely not executed; another attempt may succeed.
    NotRun(RedisError),
    /// Sent, and the answer is missing.
    Maybe(RedisError),
    /// A script raised an error: what it did before has happened.
    Broken(RedisError),
    /// Not executed, and another attempt would fare alike.
    Refused(Box<TaskDbErr>),
}

impl Fault {
    /// The fault of a connection that could not be made: no command was sent.
    pub(crate) fn connecting(error: RedisError) -> Self {
        match Self::from(error) {
            Self::Maybe(error) | Self::Broken(error) => Self::NotRun(error),
            other => other,
        }
    }

    /// No connection in time.
    pub(crate) fn no_connection() -> Self {
        Self::NotRun(timed_out("no connection in time"))
    }

    /// No answer in time.
    pub(crate) fn no_answer() -> Self {
        Self::Maybe(timed_out("no answer in time"))
    }

    /// A script that changes nothing has failed.
    pub(crate) fn unread(error: RedisError) -> Self {
        Self::Refused(Box::new(backend(error)))
    }

    /// Whether the server does not know the script yet.
    pub(crate) fn wants_script(&self) -> bool {
        matches!(self, Self::NotRun(error) if error.kind() == ServerErrorKind::NoScript.into())
    }

    /// Whether the server takes no writes, so that another one may be the master now.
    pub(crate) fn wants_master(&self) -> bool {
        let away = [ServerErrorKind::ReadOnly, ServerErrorKind::MasterDown].map(ErrorKind::from);
        matches!(self, Self::NotRun(error) if away.contains(&error.kind()))
    }
}

impl From<RedisError> for Fault {
    /// The fault of a command that may have been sent.
    fn from(error: RedisError) -> Self {
        use ServerErrorKind as Server;
        match error.kind() {
            ErrorKind::Server(kind) => match kind {
                Server::BusyLoading
                | Server::NoScript
                | Server::Moved
                | Server::Ask
                | Server::TryAgain
                | Server::ClusterDown
                | Server::MasterDown
                | Server::ReadOnly => Self::NotRun(error),
                Server::NoPerm => Self::config(&error),
                Server::ResponseError if from_script(&error) => Self::Broken(error),
                _ => Self::Refused(Box::new(backend(error))),
            },
            ErrorKind::Extension => Self::by_code(error),
            // No socket was there to write to.
            ErrorKind::Io if error.is_connection_refusal() => Self::NotRun(error),
            ErrorKind::Io | ErrorKind::Parse => Self::Maybe(error),
            ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Self::NotRun(error),
            ErrorKind::AuthenticationFailed
            | ErrorKind::InvalidClientConfig
            | ErrorKind::RESP3NotSupported => Self::config(&error),
            _ => Self::Refused(Box::new(backend(error))),
        }
    }
}

impl Fault {
    /// Errors of the server that the driver does not know by name.
    fn by_code(error: RedisError) -> Self {
        let refused = |kind: TaskDbErr| Self::Refused(Box::new(kind));
        match error.code().unwrap_or_default() {
            // Another script is running too long; too few replicas to write.
            "BUSY" | "NOREPLICAS" => Self::NotRun(error),
            "NOAUTH" | "WRONGPASS" | "DENIED" => Self::config(&error),
            "OOM" => refused(TaskDbErr::StoreFull(
                Failure::new("the server has reached its `maxmemory`; raise it, or delete jobs")
                    .caused_by(error),
            )),
            "MISCONF" => refused(TaskDbErr::Unavailable(
                Failure::new("the server cannot save to its disk and takes no writes")
                    .caused_by(error),
            )),
            "CORRUPT" => {
                let words = error.detail().unwrap_or("a script found data it cannot read");
                refused(TaskDbErr::Corrupt(Failure::new(words)))
            }
            _ => refused(backend(error)),
        }
    }

    /// The server does not let this client in, or not do this. It never repeats passwords.
    fn config(error: &RedisError) -> Self {
        Self::Refused(Box::new(TaskDbErr::Config(format!("Redis refuses this client: {error}"))))
    }
}

impl From<Fault> for TaskDbErr {
    fn from(fault: Fault) -> Self {
        let failure = |words: &str, error| Failure::new(words).caused_by(error);
        match fault {
            Fault::NotRun(error) => Self::Unavailable(failure("Redis did not take it", error)),
            Fault::Maybe(error) => Self::Unknown(failure("Redis did not answer", error)),
            Fault::Broken(error) => {
                Self::Corrupt(failure("a script failed part way; `repair` mends it", error))
            }
            Fault::Refused(error) => *error,
        }
    }
}

/// Redis 7 names the script in what its Lua raises.
fn from_script(error: &RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("script: "))
}

fn backend(error: RedisError) -> TaskDbErr {
    TaskDbErr::Backend(Failure::new("Redis").caused_by(error))
}

fn timed_out(words: &'static str) -> RedisError {
    io::Error::new(io::ErrorKind::TimedOut, words).into()
}

/// Something stored, or an answer about it, breaks its rules.
pub(crate) fn corrupt(what: impl Into<String>) -> TaskDbErr {
    TaskDbErr::Corrupt(Failure::new(what))
}
