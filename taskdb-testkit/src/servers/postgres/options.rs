//! How a server is to be started.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use crate::servers::tls::Certificates;

/// The variable that names the folder of the binaries.
const BIN: &str = "TASKDB_TEST_POSTGRES_BIN";
/// Where Debian keeps them, a folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Whose name the cluster belongs to when root starts it, which `postgres` refuses to be.
const ACCOUNT: &str = "postgres";

/// The file that says who may connect to a server with TLS.
const WHO_MAY: &str = "who_may.conf";

/// What a server is started with; by default it keeps what it acknowledges.
#[derive(Debug, Clone)]
pub struct Options {
    /// Syncs the log to disk; tests that kill nothing are faster without.
    pub fsync: bool,
    /// The password that logins need.
    pub password: Option<String>,
    /// TLS with a private authority, and no other way in by TCP. The certificate names
    /// 127.0.0.1 and localhost.
    pub tls: bool,
    /// With TLS: clients must present a certificate of the authority.
    pub client_certificates: bool,
    /// Below which its files lie; the folder for temporary files unless set.
    pub folder: Option<PathBuf>,
    /// Further settings, as in `("max_connections", "20")`.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fsync: true,
            password: None,
            tls: false,
            client_certificates: false,
            folder: None,
            settings: Vec::new(),
        }
    }
}

impl Options {
    /// Options for tests that need no durability.
    pub fn fast() -> Self {
        Self { fsync: false, ..Self::default() }
    }

    /// Starts a server.
    ///
    /// # Errors
    ///
    /// `NotFound` when the binaries are missing, with the command that installs them;
    /// otherwise with what the server has printed.
    pub fn start(self) -> io::Result<Server> {
        Server::with(self)
    }

    /// Adds a setting.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// The command that makes a cluster in `data`.
    pub(super) fn initdb(&self, data: &Path, password_file: Option<&Path>) -> io::Result<Command> {
        let mut command = as_account(&binary("initdb")?);
        command.arg("--pgdata").arg(data);
        command.args(["--username", "taskdb", "--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        command.args(["--auth", self.login()]);
        if let Some(file) = password_file {
            command.arg("--pwfile").arg(file);
        }
        if !self.fsync {
            // Who keeps nothing fills little: files of 16 MB are most of what is made here.
            command.args(["--wal-segsize", "1"]);
        }
        Ok(command)
    }

    /// Makes certificates in `dir`, and says there that nobody gets in by TCP without TLS.
    pub(super) fn certificates(&self, dir: &Path) -> io::Result<Certificates> {
        let how = self.login();
        let presents = if self.client_certificates { "clientcert=verify-ca" } else { "" };
        let lines = format!("local all all {how}\nhostssl all all 127.0.0.0/8 {how} {presents}\n");
        std::fs::write(dir.join(WHO_MAY), lines)?;
        Certificates::make(dir)
    }

    /// How clients say who they are.
    fn login(&self) -> &'static str {
        if self.password.is_some() { "scram-sha-256" } else { "trust" }
    }

    /// The command line of a server on `port` with its cluster in `data`.
    pub(super) fn command(
        &self,
        data: &Path,
        port: u16,
        certificates: Option<&Certificates>,
    ) -> io::Result<Command> {
        let mut command = as_account(&binary("postgres")?);
        command.arg("-D").arg(data);
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        set("port", &port.to_string());
        set("listen_addresses", "127.0.0.1");
        set("unix_socket_directories", &data.display().to_string());
        set("fsync", if self.fsync { "on" } else { "off" });
        set("max_connections", "200");
        set("shared_buffers", "128MB");
        if let Some(files) = certificates {
            set("ssl", "on");
            set("ssl_ca_file", &files.ca.display().to_string());
            set("ssl_cert_file", &files.cert.display().to_string());
            set("ssl_key_file", &files.key.display().to_string());
            set("hba_file", &files.ca.with_file_name(WHO_MAY).display().to_string());
        }
        for (name, value) in &self.settings {
            set(name, value);
        }
        Ok(command)
    }
}

/// Whether this process may not run the server as itself.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A command that gives up the rights of root.
pub(in crate::servers) fn as_account(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups", "--"]).arg(program);
    command
}

/// Hands a folder to the account of the server.
pub(in crate::servers) fn give(dir: &Path) -> io::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let status = Command::new("chown").arg("--recursive").arg(ACCOUNT).arg(dir).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("cannot give away a folder")) }
}

/// The path of a binary of the server, or one that is installed beside it.
///
/// # Errors
///
/// `NotFound`, with the command that installs it.
pub fn binary(name: &str) -> io::Result<PathBuf> {
    let named = std::env::var_os(BIN).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = named.into_iter().chain(std::env::split_paths(&path)).chain(debian());
    let mut found = folders.map(|folder| folder.join(name)).filter(|file| file.is_file());
    found.next().ok_or_else(|| {
        let words = format!(
            "`{name}` is missing: install it with `apt-get install postgresql`, \
             or name its folder in {BIN}"
        );
        io::Error::new(io::ErrorKind::NotFound, words)
    })
}

/// The folders of Debian's versions, newest first.
fn debian() -> Vec<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path()).collect();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions.sort_unstable_by_key(|path| std::cmp::Reverse(number(path)));
    versions.into_iter().map(|version| version.join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let words = binary("taskdb-no-such-program").unwrap_err().to_string();
        assert!(words.contains("apt-get install postgresql") && words.contains(BIN), "{words}");
    }
}
