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
    let mut command = redis::Cmd::new();
    command.arg(args);
    command.query(&mut connect(address)?).map_err(io::Error::other)
}

/// How many replicas have everything that the server has at this moment; waits a while until
/// it is one at least.
pub(super) fn replicas(address: impl IntoConnectionInfo) -> io::Result<u64> {
    let mut connection = connect(address)?;
    // `WAIT` is about what has happened up to the command before it.
    redis::cmd("PING").exec(&mut connection).map_err(io::Error::other)?;
    let patience = LIMIT / 2;
    let wait = redis::cmd("WAIT").arg(1).arg(patience.as_millis() as u64).query(&mut connection);
    wait.map_err(io::Error::other)
}

fn connect(address: impl IntoConnectionInfo) -> io::Result<redis::Connection> {
    let client = Client::open(address).map_err(io::Error::other)?;
    let connection = client.get_connection_with_timeout(LIMIT).map_err(io::Error::other)?;
    connection.set_read_timeout(Some(LIMIT)).map_err(io::Error::other)?;
    Ok(connection)
}
