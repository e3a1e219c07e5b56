//! What can be typed.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

use crate::adapt::Running;
use crate::copy::{CopyOptions, SourceGate};
use crate::error::{MigrateErr, Result};
use crate::place::Place;

/// Moves everything a TaskDB holds from one store to another.
#[derive(Debug, Parser)]
#[command(name = "taskdb-migrate", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) known: Known,
}

/// The form that is known from elsewhere: a copy between Postgres and Redis.
#[derive(Debug, Group)]
pub(crate) struct Known {
    /// The store on Postgres.
    #[arg(long, value_name = "URL", requires = "direction")]
    postgres_url: Option<Place>,

    /// The store on Redis.
    #[arg(long, value_name = "URL", requires = "direction")]
    redis_url: Option<Place>,

    /// Which way.
    #[arg(long, requires = "postgres_url", requires = "redis_url")]
    direction: Option<Direction>,

    #[command(flatten)]
    how: How,
}

impl Known {
    /// The same as a copy.
    pub(crate) fn copy(self) -> Result<CopyArgs> {
        let (Some(postgres), Some(redis), Some(direction)) =
            (self.postgres_url, self.redis_url, self.direction)
        else {
            let why = "nothing to do: name a command; `--help` lists them".to_owned();
            return Err(MigrateErr::Refused(why));
        };
        let (from, to) = match direction {
            Direction::PostgresToRedis => (postgres, redis),
            Direction::RedisToPostgres => (redis, postgres),
        };
        Ok(CopyArgs { between: Between { from, to }, how: self.how })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Direction {
    PostgresToRedis,
    RedisToPostgres,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy everything into an empty store, verify it, and open it
    Copy(CopyArgs),
    /// Compare two places record by record, and audit the second
    Verify(VerifyArgs),
    /// Write everything into a file
    Dump(DumpArgs),
    /// Copy everything from a file into an empty store
    Load(CopyArgs),
    /// Tell beforehand what would not fit, and what it costs
    Check(CopyArgs),
    /// Tell what a store holds
    Status(StatusArgs),
    /// Bring the layout of a store up to date, or print the statements
    Up(UpArgs),
}

/// From where to where.
#[derive(Debug, Group)]
pub(crate) struct Between {
    /// Where the records are: the URL of a store, or `file:PATH`. In the variable, a
    /// password is not seen by others.
    #[arg(long, value_name = "PLACE", env = "TASKDB_MIGRATE_FROM", hide_env_values = true)]
    pub(crate) from: Place,

    /// Where they go to.
    #[arg(long, value_name = "PLACE", env = "TASKDB_MIGRATE_TO", hide_env_values = true)]
    pub(crate) to: Place,
}

#[derive(Debug, Group)]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) between: Between,

    #[command(flatten)]
    pub(crate) how: How,
}

/// How a copy is made.
#[derive(Debug, Clone, Group)]
pub(crate) struct How {
    #[command(flatten)]
    pub(crate) change: Change,

    /// What becomes of the gate of a source that is in use: it stays closed, is closed for
    /// the cut-over only, or is not touched and must be `read-only` already.
    #[arg(long, value_enum, default_value = "close")]
    pub(crate) source_gate: GateArg,

    /// The time zone in which a database of the layout before this one has written its times,
    /// as `Europe/Berlin`; UTC unless given.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,

    /// Only say what would be done.
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

/// What changes on the way.
#[derive(Debug, Clone, Copy, Group)]
pub(crate) struct Change {
    /// Tasks that are being worked on arrive ready, or with their claims.
    #[arg(long, value_enum, default_value = "requeue")]
    pub(crate) running: RunningArg,

    /// Make names shorter that no store takes.
    #[arg(long)]
    pub(crate) rename_long: bool,

    /// Take the event log along, which is left out otherwise.
    #[arg(long)]
    pub(crate) events: bool,
}

/// What is shown meanwhile, and in the end.
#[derive(Debug, Clone, Copy, Group)]
pub(crate) struct ViewArgs {
    /// Write events and the result as JSON, a line each.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show the result alone.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RunningArg {
    Requeue,
    Keep,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum GateArg {
    Close,
    Hold,
    Leave,
}

impl Change {
    pub(crate) fn running(self) -> Running {
        match self.running {
            RunningArg::Requeue => Running::Requeue,
            RunningArg::Keep => Running::Keep,
        }
    }
}

impl GateArg {
    pub(crate) fn gate(self) -> SourceGate {
        match self {
            Self::Close => SourceGate::Close,
            Self::Hold => SourceGate::Hold,
            Self::Leave => SourceGate::Leave,
        }
    }
}

impl How {
    pub(crate) fn options(&self) -> CopyOptions {
        CopyOptions {
            running: self.change.running(),
            rename_long: self.change.rename_long,
            source_gate: self.source_gate.gate(),
            events: self.change.events,
        }
    }
}

#[derive(Debug, Group)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) between: Between,

    #[command(flatten)]
    pub(crate) change: Change,

    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

#[derive(Debug, Group)]
pub(crate) struct DumpArgs {
    /// The store.
    #[arg(long, value_name = "PLACE", env = "TASKDB_MIGRATE_FROM", hide_env_values = true)]
    pub(crate) from: Place,

    /// The file.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,

    /// Compress it with gzip.
    #[arg(long)]
    pub(crate) compress: bool,

    /// Replace a file that is there.
    #[arg(long)]
    pub(crate) replace: bool,

    /// Take the event log along.
    #[arg(long)]
    pub(crate) events: bool,

    /// What becomes of the gate of the source: it is closed meanwhile, stays closed, or is
    /// not touched, in which case the file is a consistent whole only if it was closed.
    #[arg(long, value_enum, default_value = "hold")]
    pub(crate) source_gate: GateArg,

    #[command(flatten)]
    pub(crate) view: ViewArgs,
}

#[derive(Debug, Group)]
pub(crate) struct StatusArgs {
    /// The store.
    #[arg(long, value_name = "PLACE", env = "TASKDB_MIGRATE_FROM", hide_env_values = true)]
    pub(crate) from: Place,

    /// Write one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Group)]
pub(crate) struct UpArgs {
    /// The store.
    #[arg(long, value_name = "PLACE", env = "TASKDB_MIGRATE_TO", hide_env_values = true)]
    pub(crate) to: Place,

    /// Print the statements and do not carry them out.
    #[arg(long)]
    pub(crate) print: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    fn parse(line: &str) -> Args {
        Args::try_parse_from(line.split_whitespace()).unwrap()
    }

    #[test]
    fn the_known_form_is_a_copy() {
        let line = "taskdb-migrate --postgres-url postgres://p --redis-url redis://r --dry-run";
        for (direction, from, to) in [
            ("postgres-to-redis", "postgres://p", "redis://r"),
            ("redis-to-postgres", "redis://r", "postgres://p"),
        ] {
            let args = parse(&format!("{line} --direction {direction}"));
            let copy = args.known.copy().unwrap();
            assert_eq!(copy.between.from.to_string(), from);
            assert_eq!(copy.between.to.to_string(), to);
            assert!(copy.how.dry_run);
        }
        assert!(parse("taskdb-migrate").known.copy().is_err());
    }

    #[test]
    fn no_password_is_shown() {
        for line in [
            "taskdb-migrate copy --from redis://u:secret@h --to postgres://u:secret@h/d",
            "taskdb-migrate --postgres-url postgres://u:secret@p --redis-url redis://r \
             --direction postgres-to-redis",
        ] {
            assert!(!format!("{:?}", parse(line)).contains("secret"));
        }
    }
}
