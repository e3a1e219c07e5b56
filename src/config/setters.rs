//! What the program states itself. It outranks the environment and files.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use taskdb_core::Limits;

use super::groups::{Durability, TlsVerify};
use super::kind::Raw;
use super::{Config, Source};

/// A value that is not allowed is reported by [`check`](Config::check) and
/// [`connect`](Config::connect), with the name of its field.
impl Config {
    fn with(mut self, name: &'static str, raw: Raw<'_>) -> Self {
        self.state(name, raw, Source::Code);
        self
    }

    /// States any field by its name, as text: what an option `--set NAME=VALUE` needs.
    ///
    /// ```
    /// let config = taskdb::Config::from_url("memory:").set("limits.payload_bytes", "4096");
    /// assert_eq!(config.limits().payload_bytes, 4096);
    /// let error = config.set("limit.payload", "1").check().unwrap_err();
    /// assert!(error.to_string().contains("did you mean `limits.payload_bytes`?"), "{error}");
    /// ```
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.state(name, Raw::Text(value), Source::Code);
        self
    }

    /// `url`: the store, as `sqlite://jobs.db`. A password in it is kept apart.
    #[must_use]
    pub fn with_url(self, url: &str) -> Self {
        self.with("url", Raw::Text(url))
    }

    /// `backend`: the scheme of the URL that `path`, or `host` and the others, make up.
    #[must_use]
    pub fn with_backend(self, scheme: &str) -> Self {
        self.with("backend", Raw::Text(scheme))
    }

    /// `path`: the file of an embedded store, or the socket of a server.
    #[must_use]
    pub fn with_path(self, path: impl Into<PathBuf>) -> Self {
        self.with("path", Raw::Path(path.into()))
    }

    /// `host`: name or address of a server, or several as `a:1,b:2`.
    #[must_use]
    pub fn with_host(self, host: &str) -> Self {
        self.with("host", Raw::Text(host))
    }

    /// `port`: that of the host; the usual one of the backend unless stated.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        self.with("port", Raw::Number(port.into()))
    }

    /// `database`: name or number of a database of the server.
    #[must_use]
    pub fn with_database(self, database: &str) -> Self {
        self.with("database", Raw::Text(database))
    }

    /// `user`: who logs in to the server.
    #[must_use]
    pub fn with_user(self, user: &str) -> Self {
        self.with("user", Raw::Text(user))
    }

    /// `password`: with what. It appears in no message, log or listing.
    #[must_use]
    pub fn with_password(self, password: impl Into<SecretString>) -> Self {
        self.with("password", Raw::Secret(password.into()))
    }

    /// `namespace`: an isolated TaskDB within the store; `taskdb` unless stated.
    #[must_use]
    pub fn with_namespace(self, namespace: &str) -> Self {
        self.with("namespace", Raw::Text(namespace))
    }

    /// `durability`: how much outlives a crash of the machine.
    #[must_use]
    pub fn with_durability(self, durability: Durability) -> Self {
        self.with("durability", Raw::Text(durability.word()))
    }

    /// `tls.enabled`: whether to speak TLS.
    #[must_use]
    pub fn with_tls(self, enabled: bool) -> Self {
        self.with("tls.enabled", Raw::Flag(enabled))
    }

    /// `tls.ca`: PEM file of the authorities to trust.
    #[must_use]
    pub fn with_tls_ca(self, file: impl Into<PathBuf>) -> Self {
        self.with("tls.ca", Raw::Path(file.into()))
    }

    /// `tls.cert` and `tls.key`: PEM files with which the client proves who it is.
    #[must_use]
    pub fn with_tls_client(self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.with("tls.cert", Raw::Path(cert.into())).with("tls.key", Raw::Path(key.into()))
    }

    /// `tls.verify`: how closely the certificate of the server is looked at.
    #[must_use]
    pub fn with_tls_verify(self, verify: TlsVerify) -> Self {
        self.with("tls.verify", Raw::Text(verify.word()))
    }

    /// `pool.min_connections`: how many connections are kept open though idle.
    #[must_use]
    pub fn with_min_connections(self, connections: u32) -> Self {
        self.with("pool.min_connections", Raw::Number(connections.into()))
    }

    /// `pool.max_connections`: how many connections are open at once.
    #[must_use]
    pub fn with_max_connections(self, connections: u32) -> Self {
        self.with("pool.max_connections", Raw::Number(connections.into()))
    }

    /// `timeouts.connect`: how long to wait for a connection.
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        self.with("timeouts.connect", Raw::Time(timeout))
    }

    /// `timeouts.response`: how long to wait for the answer to a call.
    #[must_use]
    pub fn with_response_timeout(self, timeout: Duration) -> Self {
        self.with("timeouts.response", Raw::Time(timeout))
    }

    /// `retry.attempts`: how often a call is repeated that was not executed.
    #[must_use]
    pub fn with_retry_attempts(self, attempts: u32) -> Self {
        self.with("retry.attempts", Raw::Number(attempts.into()))
    }

    /// `retry.backoff` and `retry.max_backoff`: the first and the longest pause
    /// before a repetition.
    #[must_use]
    pub fn with_retry_backoff(self, first: Duration, longest: Duration) -> Self {
        self.with("retry.backoff", Raw::Time(first)).with("retry.max_backoff", Raw::Time(longest))
    }

    /// All of `limits` at once: what the handle accepts.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        for (name, size) in super::limits::entries(&limits) {
            self = self.with(name, Raw::Number(size));
        }
        self
    }
}
