//! What became of a command that failed, and what callers are told of it.

use std::io;

use redis::{ErrorKind, RedisError, ServerErrorKind};
use taskdb_core::TaskDbErr;
use taskdb_core::error::Failure;

use crate::script::{Kind, Script};

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
    /// The same fault of something that went before the call, such as connecting: the
    /// call itself was not sent.
    pub(crate) fn before_the_call(self) -> Self {
        match self {
            // What was told before may have been meant for another call as well.
            Self::Maybe(error) if error.kind() == ErrorKind::Parse => Self::Maybe(error),
            Self::Maybe(error) => Self::NotRun(error),
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

    /// Whether the server does not know the script yet.
    pub(crate) fn wants_script(&self) -> bool {
        matches!(self, Self::NotRun(error) if error.kind() == ServerErrorKind::NoScript.into())
    }

    /// Whether it is what a server has said.
    pub(crate) fn is_told(&self) -> bool {
        match self {
            Self::NotRun(error) => {
                matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
            }
            Self::Maybe(_) => false,
            Self::Broken(_) | Self::Refused(_) => true,
        }
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
                // `Ask` is never followed: while a slot moves, some of its keys are on
                // either side, and a script needs them all on one.
                Server::BusyLoading
                | Server::NoScript
                | Server::Moved
                | Server::Ask
                | Server::TryAgain
                | Server::ClusterDown
                | Server::MasterDown
                | Server::ReadOnly => Self::NotRun(error),
                Server::NoPerm => Self::config(&error),
                Server::ResponseError => Self::unknown_or_odd(error),
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
    /// What the server says without a code: that a script has raised an error, or that it lacks
    /// what every call needs.
    fn unknown_or_odd(error: RedisError) -> Self {
        let refused = |words: String| Self::Refused(Box::new(TaskDbErr::Config(words)));
        if let Some(command) = lacking(&error) {
            return refused(format!(
                "this server does not know the command {command}, which TaskDB needs: take \
                 `rename-command {command}` out of its configuration"
            ));
        }
        if has_no_database(&error) {
            return refused(format!(
                "this server does not give out the database of this number ({error}): choose \
                 another one, or raise `databases` in its configuration"
            ));
        }
        match from_script(&error) {
            true => Self::Broken(error),
            // No call of this crate is answered so: what has arrived is something else.
            false => Self::Maybe(error),
        }
    }

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
            Fault::Broken(error) => Self::Corrupt(failure("a script failed part way", error)),
            Fault::Refused(error) => *error,
        }
    }
}

/// What callers are told when a script raises an error.
pub(crate) fn broken(script: &Script, error: RedisError) -> TaskDbErr {
    if script.kind == Kind::Read {
        let words = format!("the script `{}` failed", script.name);
        return TaskDbErr::Backend(Failure::new(words).caused_by(error));
    }
    let words = format!(
        "the script `{}` failed part way; `repair` recomputes what follows from other data",
        script.name
    );
    TaskDbErr::Corrupt(Failure::new(words).caused_by(error))
}

/// The command without which nothing runs, where the server does not know it. A name that has
/// come to it garbled is none of these.
fn lacking(error: &RedisError) -> Option<&'static str> {
    let name = error.detail()?.strip_prefix("unknown command '")?;
    let name = name.split_once('\'')?.0;
    ["EVALSHA", "SCRIPT", "INFO", "SELECT"].into_iter().find(|known| *known == name)
}

/// Whether the server has refused to go to a database, for good: one that is busy does as well.
/// The driver says the first, while it connects, and the server the second.
fn has_no_database(error: &RedisError) -> bool {
    const REASONS: [&str; 3] = ["DB index", "cluster mode", "no permissions"];
    let refused = error.to_string().contains("refused to switch database");
    refused && error.detail().is_some_and(|told| REASONS.iter().any(|why| told.contains(why)))
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

#[cfg(test)]
mod tests {
    use redis::parse_redis_value;

    use super::*;

    fn told(reply: &str) -> TaskDbErr {
        let reply = parse_redis_value(format!("-{reply}\r\n").as_bytes()).unwrap();
        Fault::from(reply.extract_error().unwrap_err()).into()
    }

    #[test]
    fn what_did_not_run_is_unavailable() {
        for reply in [
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN The cluster is down",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "MOVED 1 127.0.0.1:1",
            "ASK 1 127.0.0.1:1",
            "MASTERDOWN Link with MASTER is down",
            "READONLY You can't write against a read only replica.",
            "NOSCRIPT No matching script.",
            "BUSY Redis is busy running a script.",
            "NOREPLICAS Not enough good replicas to write.",
            "MISCONF Redis is configured to save RDB snapshots",
        ] {
            let error = told(reply);
            assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
        }
    }

    #[test]
    fn who_is_not_let_in_is_told_to_change_the_configuration() {
        for reply in
            ["NOAUTH Authentication required.", "WRONGPASS invalid", "NOPERM no", "DENIED x"]
        {
            let error = told(reply);
            assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
        }
    }

    #[test]
    fn who_lacks_what_every_call_needs_is_told_to_change_the_configuration() {
        for command in ["EVALSHA", "SCRIPT", "INFO", "SELECT"] {
            let reply = format!("ERR unknown command '{command}', with args beginning with: 'x'");
            let error = told(&reply);
            assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
            assert!(error.to_string().contains(&format!("rename-command {command}`")), "{error}");
        }
        // The change before it is made.
        let wait = told("ERR unknown command 'WAIT', with args beginning with: '1'");
        assert!(matches!(wait, TaskDbErr::Unknown(_)), "{wait}");
    }

    #[test]
    fn a_database_that_is_not_there_is_no_passing_fault() {
        let refused = |why: &str| {
            let words = "Redis server refused to switch database";
            let kind = ErrorKind::from(ServerErrorKind::ResponseError);
            Fault::from(RedisError::from((kind, words, why.to_owned()))).before_the_call()
        };
        for why in [
            "DB index is out of range",
            "SELECT is not allowed in cluster mode",
            "this user has no permissions to run the 'select' command",
        ] {
            let fault = refused(why);
            assert!(matches!(&fault, Fault::Refused(e) if matches!(**e, TaskDbErr::Config(_))));
        }
        let busy = refused("Redis is busy running a script.");
        assert!(matches!(busy, Fault::NotRun(_)), "{busy:?}");
    }

    #[test]
    fn other_answers_keep_their_words() {
        let full = told("OOM command not allowed when used memory > 'maxmemory'.");
        assert!(matches!(full, TaskDbErr::StoreFull(_)), "{full}");
        let corrupt = told("CORRUPT job 7");
        assert!(matches!(&corrupt, TaskDbErr::Corrupt(f) if f.to_string() == "job 7"));
        let raised = told("ERR user_script:1: nil script: f00, on @user_script:1.");
        assert!(matches!(raised, TaskDbErr::Corrupt(_)), "{raised}");
        let other = told("ODD thing");
        assert!(matches!(&other, TaskDbErr::Backend(f) if f.to_string().contains("thing")));
        let odd = told("ERR unknown command '-', with args beginning with:");
        assert!(matches!(&odd, TaskDbErr::Unknown(f) if f.to_string().contains("'-'")), "{odd}");
    }

    #[test]
    fn silence_after_sending_is_unknown_and_before_is_not() {
        let broken = || RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(matches!(Fault::from(broken()), Fault::Maybe(_)));
        assert!(matches!(Fault::from(broken()).before_the_call(), Fault::NotRun(_)));
        let refused = RedisError::from(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert!(matches!(Fault::from(refused), Fault::NotRun(_)));
    }
}
