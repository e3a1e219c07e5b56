//! PgBouncer in front of a Postgres server, in transaction mode: each transaction may get
//! another connection, so nothing of a session lasts. Not for other modes.
//!
//! The binary is `pgbouncer` of the path or of `/usr/sbin`.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::ports;
use super::postgres::{Server, as_account, give};
use super::process::Process;

/// Where Debian puts it, which is not in the path of everybody.
const DEBIAN: &str = "/usr/sbin";
/// What it prints when it listens.
const READY: &str = "process up:";

/// A pooler of this process, which ends with this value.
#[derive(Debug)]
pub struct PgBouncer {
    /// Declared first: the process ends before its folder goes.
    _process: Process,
    port: u16,
    _dir: TempDir,
}

impl PgBouncer {
    /// Starts one that has up to `connections` of them to a server which trusts everybody.
    ///
    /// # Errors
    ///
    /// `NotFound` when the binary is missing, with the command that installs it;
    /// otherwise with what it has printed.
    pub fn start(server: &Server, connections: u32) -> io::Result<Self> {
        let other = || io::Error::other("PgBouncer is put before private servers only");
        let behind = server.port().ok_or_else(other)?;
        let dir = tempfile::Builder::new().prefix("taskdb-pgbouncer-").tempdir()?;
        let mut attempts = 5;
        let (process, port) = loop {
            let port = ports::free()?;
            attempts -= 1;
            match launch(dir.path(), behind, port, connections) {
                // Somebody else took the port between asking and listening.
                Err(error) if attempts > 0 && error.to_string().contains("in use") => {}
                outcome => break (outcome?, port),
            }
        };
        Ok(Self { _process: process, port, _dir: dir })
    }

    /// The URL of the database behind it, with what a client has to say of a pooler.
    pub fn url(&self) -> String {
        format!("postgres://taskdb@127.0.0.1:{}/postgres?statement_cache=off", self.port)
    }
}

fn launch(dir: &Path, behind: u16, port: u16, connections: u32) -> io::Result<Process> {
    let settings = dir.join("pgbouncer.ini");
    std::fs::write(&settings, ini(behind, port, connections))?;
    give(dir)?;
    let mut command = as_account(&binary()?);
    command.arg(settings);
    Process::start(command, dir, READY)
}

/// Connections are handed out in turn, so that two transactions seldom get the same. Each
/// lives for seconds: one that has seen hundreds of namespaces is slow, for the server looks
/// through all that it has planned there whenever somebody makes a table.
fn ini(behind: u16, port: u16, connections: u32) -> String {
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={behind} user=taskdb\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = transaction\n\
         server_round_robin = 1\n\
         server_lifetime = 5\n\
         default_pool_size = {connections}\n\
         max_client_conn = 1000\n"
    )
}

fn binary() -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from(DEBIAN)]);
    let mut found = folders.map(|folder| folder.join("pgbouncer")).filter(|file| file.is_file());
    found.next().ok_or_else(|| {
        let words = "`pgbouncer` is missing: install it with `apt-get install pgbouncer`";
        io::Error::new(io::ErrorKind::NotFound, words)
    })
}
