//! A master, its replica, and the Sentinel that watches them.

use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use redis::{ConnectionAddr, FromRedisValue, IntoConnectionInfo};
use tempfile::TempDir;

use super::admin;
use super::options::{Options, binary, explain};
use super::server::{PATIENCE, Server};
use crate::servers::ports;
use crate::servers::process::Process;

/// The name of the master in URLs.
const MASTER: &str = "main";
/// How often Sentinel looks, in milliseconds: more often than in production, so that a
/// failover takes one or two seconds; and what it takes for a jump of its clock, which
/// on a busy machine is the wait for a processor.
const PERIODS: [(&str, &str); 4] = [
    ("info-period", "400"),
    ("publish-period", "300"),
    ("ping-period", "300"),
    ("tilt-trigger", "60000"),
];
/// What it prints when there is another master.
const SWITCHED: &str = "+switch-master";

/// Two servers and one Sentinel of this process, which end with this value.
#[derive(Debug)]
pub struct Sentinel {
    /// Declared first: it ends before what it watches.
    process: Process,
    port: u16,
    dir: TempDir,
    /// The master, as it was at the start.
    pub master: Server,
    /// The replica, as it was at the start.
    pub replica: Server,
}

impl Sentinel {
    /// Starts all three and waits until the replica has caught up and Sentinel knows it.
    ///
    /// # Errors
    ///
    /// As [`Options::start`].
    pub fn start() -> io::Result<Self> {
        let options = || Options::default().set("repl-diskless-sync-delay", 0);
        let master = options().start()?;
        let port = master.port().unwrap_or_default().to_string();
        let replica = options().set("replicaof", format!("127.0.0.1 {port}")).start()?;
        replica.wait_for_log(super::IN_SYNC)?;
        let dir = tempfile::Builder::new().prefix("taskdb-sentinel-").tempdir()?;
        for attempt in 1.. {
            match watch(&dir, &port) {
                Err(error) if attempt < 5 && error.to_string().contains("already in use") => {}
                Err(error) => return Err(error),
                Ok((process, port)) => {
                    let sentinel = Self { process, port, dir, master, replica };
                    for (name, value) in PERIODS {
                        sentinel.cli::<()>(&["SENTINEL", "DEBUG", name, value])?;
                    }
                    sentinel.process.log.wait_for(&["+slave"], 0, PATIENCE)?;
                    return Ok(sentinel);
                }
            }
        }
        unreachable!("the fifth attempt returns")
    }

    /// The URL that asks Sentinel for the master.
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/{MASTER}", self.port)
    }

    /// Makes the replica the master while the master still lives, and waits until
    /// Sentinel says so. The old master takes writes for another second, and loses them.
    ///
    /// # Errors
    ///
    /// What Sentinel says.
    pub fn fail_over(&self) -> io::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = self.process.log.len();
            let why = match self.cli::<()>(&["SENTINEL", "FAILOVER", MASTER]) {
                Err(error) => error,
                Ok(()) => {
                    let log = &self.process.log;
                    let line = log.wait_for(&[SWITCHED, "-failover-abort"], seen, PATIENCE)?;
                    if line.contains(SWITCHED) {
                        return Ok(());
                    }
                    io::Error::other(line)
                }
            };
            // It may not have heard from the replica lately, and does not log when it has.
            if Instant::now() > end {
                return Err(why);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until Sentinel has made the replica the master, once.
    ///
    /// # Errors
    ///
    /// `TimedOut` when it does not.
    pub fn wait_for_switch(&self) -> io::Result<()> {
        self.process.log.wait_for(&[SWITCHED], 0, PATIENCE).map(drop)
    }

    /// Runs one command on Sentinel itself.
    ///
    /// # Errors
    ///
    /// What Sentinel or the connection to it says.
    pub fn cli<T: FromRedisValue>(&self, args: &[&str]) -> io::Result<T> {
        let socket = ConnectionAddr::Unix(self.dir.path().join("sentinel.sock"));
        admin::run(socket.into_connection_info().map_err(io::Error::other)?, args)
    }
}

/// Starts Sentinel, which rewrites its configuration and so wants a file.
fn watch(dir: &TempDir, master: &str) -> io::Result<(Process, u16)> {
    let port = ports::free()?;
    let file = dir.path().join("sentinel.conf");
    let lines = [
        format!("port {port}"),
        "bind 127.0.0.1".to_owned(),
        format!("unixsocket {}", dir.path().join("sentinel.sock").display()),
        format!("dir {}", dir.path().display()),
        format!("sentinel monitor {MASTER} 127.0.0.1 {master} 1"),
        format!("sentinel down-after-milliseconds {MASTER} 500"),
        format!("sentinel failover-timeout {MASTER} 2000"),
    ];
    std::fs::write(&file, lines.join("\n"))?;
    let mut command = Command::new(binary());
    command.arg(&file).arg("--sentinel");
    let process = Process::start(command, dir.path(), "+monitor master").map_err(explain)?;
    Ok((process, port))
}
