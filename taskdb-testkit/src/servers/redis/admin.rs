//! A plain client for what tests tell a server behind the back of the code under test.

use std::io;
use std::time::Duration;

use redis::{Client, FromRedisValue, IntoConnectionInfo};

/// How long a command may take; `WAIT` and `DEBUG SLEEP` included.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs one command on a connection of its own.
pub(super) fn run<T: FromRedisValue>(
    address: impl IntoConnectionInfo,
    args: &[&str],
) -> io::Result<T> {
    let client = Client::open(address).map_err(io::Error::other)?;
    let mut connection = client.get_connection_with_timeout(LIMIT).map_err(io::Error::other)?;
    connection.set_read_timeout(Some(LIMIT)).map_err(io::Error::other)?;
    let mut command = redis::Cmd::new();
    command.arg(args);
    command.query(&mut connection).map_err(io::Error::other)
}
