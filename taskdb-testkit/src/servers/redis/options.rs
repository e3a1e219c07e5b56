//! How a server is to be started.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

use super::server::Server;
use crate::servers::tls::Certificates;

/// The variable that names another binary than `redis-server`.
const BINARY: &str = "TASKDB_TEST_REDIS_SERVER";
/// The program of Valkey.
const VALKEY: &str = "valkey-server";

/// What a server is started with; by default nothing is kept on disk, there is no
/// password and no limit of memory.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The program; that of `TASKDB_TEST_REDIS_SERVER`, else `redis-server`, when `None`.
    pub program: Option<OsString>,
    /// Keeps an append-only file: what was acknowledged survives [`Server::restart`] and
    /// [`Server::kill`], though not a crash of the machine.
    pub appendonly: bool,
    /// The limit of memory and the eviction policy, as in `("10mb", "noeviction")`.
    pub maxmemory: Option<(String, String)>,
    /// The password of the default user. [`Server::url`] holds it as it is: it should
    /// have no character that means something in a URL.
    pub password: Option<String>,
    /// A further user with every permission: name and password.
    pub user: Option<(String, String)>,
    /// TLS with a private authority.
    pub tls: bool,
    /// With TLS: clients must present a certificate.
    pub client_certificates: bool,
    /// Further settings, as in `("maxclients", "10")`.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// `NotFound` when the binary is missing, with the command that installs it;
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

    /// The command line of a server on `port` with its socket and files in `dir`.
    pub(super) fn command(
        &self,
        dir: &Path,
        port: u16,
        certificates: Option<&Certificates>,
    ) -> Command {
        let mut command = Command::new(self.program.clone().unwrap_or_else(binary));
        let mut set = |name: &str, value: OsString| {
            command.arg(format!("--{name}")).arg(value);
        };
        set("bind", "127.0.0.1".into());
        set("unixsocket", dir.join("redis.sock").into());
        set("dir", dir.into());
        set("save", "".into());
        set("appendonly", if self.appendonly { "yes" } else { "no" }.into());
        // With `everysec` a write waits up to two seconds for the sync before it, while its
        // answer does not: a killed server then loses what it has acknowledged.
        set("appendfsync", "no".into());
        set("enable-debug-command", "local".into());
        if let Some((bytes, policy)) = &self.maxmemory {
            set("maxmemory", bytes.into());
            set("maxmemory-policy", policy.into());
        }
        if let Some(password) = &self.password {
            set("requirepass", password.into());
        }
        if let Some(files) = certificates {
            set("port", "0".into());
            set("tls-port", port.to_string().into());
            set("tls-cert-file", (&files.cert).into());
            set("tls-key-file", (&files.key).into());
            set("tls-ca-cert-file", (&files.ca).into());
            set("tls-auth-clients", if self.client_certificates { "yes" } else { "no" }.into());
        } else {
            set("port", port.to_string().into());
        }
        for (name, value) in &self.settings {
            set(name, value.into());
        }
        if let Some((name, password)) = &self.user {
            command.args(["--user", name, "on", &format!(">{password}"), "~*", "&*", "+@all"]);
        }
        command
    }
}

/// The program that is started unless [`Options::program`] names another.
pub fn binary() -> OsString {
    std::env::var_os(BINARY).unwrap_or_else(|| "redis-server".into())
}

/// The program of Valkey, where it is installed.
pub fn valkey() -> Option<OsString> {
    let found = Command::new(VALKEY).arg("--version").output();
    found.is_ok_and(|output| output.status.success()).then(|| VALKEY.into())
}

/// Says how to get the program when it is missing.
pub(super) fn explain(error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::NotFound {
        return error;
    }
    let binary = binary();
    let words = format!(
        "cannot start `{}`: install it with `apt-get install redis-server`, \
         or name another program in {BINARY}",
        binary.display()
    );
    io::Error::new(io::ErrorKind::NotFound, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let missing = Command::new("taskdb-no-such-program").spawn().unwrap_err();
        let words = explain(missing).to_string();
        assert!(
            words.contains("apt-get install redis-server") && words.contains(BINARY),
            "{words}"
        );
        assert_eq!(explain(io::Error::other("x")).to_string(), "x");
    }
}
