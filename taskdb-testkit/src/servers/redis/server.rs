//! One server.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use redis::{ConnectionAddr, FromRedisValue, IntoConnectionInfo, RedisConnectionInfo};
use rustix::process::Signal;
use tempfile::TempDir;

use super::admin;
use super::options::{Options, explain};
use crate::servers::ports;
use crate::servers::process::Process;
use crate::servers::tls::Certificates;

/// The variable that names a server which is there already, for [`shared`].
const URL: &str = "TASKDB_TEST_REDIS_URL";
/// How long a server may take to say something that it is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// What a server prints when it listens.
const READY: &str = "Ready to accept connections";

/// A server of this process, which ends with this value.
///
/// What stops or pauses it takes `&mut`, so that nobody does so to [`shared`].
#[derive(Debug)]
pub struct Server(Kind);

#[derive(Debug)]
enum Kind {
    Private(Box<Private>),
    /// Found by its URL.
    Given(String),
}

#[derive(Debug)]
struct Private {
    /// `None` while it is down. Declared first: the process ends before its folder goes.
    process: Option<Process>,
    options: Options,
    port: u16,
    certificates: Option<Certificates>,
    dir: TempDir,
}

impl Server {
    /// Starts a server with the default [`Options`].
    ///
    /// # Errors
    ///
    /// As [`Options::start`].
    pub fn start() -> io::Result<Self> {
        Options::default().start()
    }

    pub(super) fn with(options: Options) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("taskdb-redis-").tempdir()?;
        let certificates = options.tls.then(|| Certificates::make(dir.path())).transpose()?;
        let mut private = Private { process: None, options, port: 0, certificates, dir };
        for attempt in 1.. {
            private.port = ports::free()?;
            match private.launch() {
                // Somebody else took the port between asking and listening.
                Err(error) if attempt < 5 && error.to_string().contains("already in use") => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        Ok(Self(Kind::Private(Box::new(private))))
    }

    /// The URL of its port, with what is needed to log in: `redis://` or `rediss://`.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Private(private) => private.url(),
            Kind::Given(url) => url.clone(),
        }
    }

    /// The URL of its socket in the file system.
    pub fn socket_url(&self) -> Option<String> {
        let private = self.private()?;
        let path = private.socket();
        let login = private.options.password.iter().map(|password| format!(":{password}@"));
        Some(format!("redis+unix://{}{}", login.collect::<String>(), path.display()))
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> Option<u16> {
        self.private().map(|private| private.port)
    }

    /// The folder with its files: the append-only file; with TLS `ca.pem`,
    /// `client.pem` and `client.key`.
    pub fn dir(&self) -> Option<&Path> {
        self.private().map(|private| private.dir.path())
    }

    /// Runs one command as the default user, as `redis-cli` would.
    ///
    /// ```
    /// let server = taskdb_testkit::servers::redis::Server::start()?;
    /// let keys: i64 = server.cli(&["DBSIZE"])?;
    /// assert_eq!(keys, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection to it says.
    pub fn cli<T: FromRedisValue>(&self, args: &[&str]) -> io::Result<T> {
        match &self.0 {
            Kind::Private(private) => admin::run(private.admin()?, args),
            Kind::Given(url) => admin::run(url.as_str(), args),
        }
    }

    /// Shuts it down as an operator would and starts it again, on the same port and
    /// with the same files.
    ///
    /// # Errors
    ///
    /// As [`Options::start`].
    pub fn restart(&mut self) -> io::Result<()> {
        let private = self.private_mut()?;
        if let Some(process) = private.process.take() {
            process.stop()?;
        }
        private.launch()
    }

    /// Kills it as a crash would; [`restart`](Self::restart) starts it again.
    pub fn kill(&mut self) {
        if let Kind::Private(private) = &mut self.0 {
            private.process = None;
        }
    }

    /// Stops it from answering while its connections stay open.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn pause(&mut self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Ends a [`pause`](Self::pause).
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn resume(&mut self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Waits until its replica has everything that it has at the time of this call.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the replica stays behind; what the server says.
    pub fn wait_for_replica(&self) -> io::Result<()> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let reached = match &self.0 {
                Kind::Private(private) => admin::replicas(private.admin()?)?,
                Kind::Given(url) => admin::replicas(url.as_str())?,
            };
            if reached > 0 {
                return Ok(());
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the replica stays behind"))
    }

    /// Waits until it prints a line that contains `word`, or has done so since it started.
    pub(super) fn wait_for_log(&self, word: &str) -> io::Result<()> {
        match self.private().and_then(|private| private.process.as_ref()) {
            Some(process) => process.log.wait_for(&[word], 0, PATIENCE).map(drop),
            None => Err(io::Error::other("the server is down")),
        }
    }

    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        match &self.private_mut()?.process {
            Some(process) => process.signal(signal),
            None => Err(io::Error::other("the server is down")),
        }
    }

    fn private(&self) -> Option<&Private> {
        match &self.0 {
            Kind::Private(private) => Some(private),
            Kind::Given(_) => None,
        }
    }

    fn private_mut(&mut self) -> io::Result<&mut Private> {
        match &mut self.0 {
            Kind::Private(private) => Ok(private),
            Kind::Given(_) => Err(io::Error::other("this server belongs to somebody else")),
        }
    }
}

impl Private {
    fn launch(&mut self) -> io::Result<()> {
        let dir = self.dir.path();
        let command = self.options.command(dir, self.port, self.certificates.as_ref());
        self.process = Some(Process::start(command, dir, READY).map_err(explain)?);
        Ok(())
    }

    fn url(&self) -> String {
        let login = match (&self.options.user, &self.options.password) {
            (Some((name, password)), _) => format!("{name}:{password}@"),
            (None, Some(password)) => format!(":{password}@"),
            (None, None) => String::new(),
        };
        let Some(files) = &self.certificates else {
            return format!("redis://{login}127.0.0.1:{}", self.port);
        };
        let url = format!("rediss://{login}127.0.0.1:{}?tls_ca={}", self.port, files.ca.display());
        if !self.options.client_certificates {
            return url;
        }
        let (cert, key) = (files.client_cert.display(), files.client_key.display());
        format!("{url}&tls_cert={cert}&tls_key={key}")
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("redis.sock")
    }

    /// The socket, which needs neither a port nor certificates.
    fn admin(&self) -> io::Result<redis::ConnectionInfo> {
        let mut login = RedisConnectionInfo::default();
        if let Some(password) = &self.options.password {
            login = login.set_password(password);
        }
        let address = ConnectionAddr::Unix(self.socket());
        let info = address.into_connection_info().map_err(io::Error::other)?;
        Ok(info.set_redis_settings(login))
    }
}

/// The server of this test process, started on first use: that of
/// `TASKDB_TEST_REDIS_URL` if set, else a private one that ends with the process.
///
/// Cases share it; each should work in a namespace of its own.
///
/// # Errors
///
/// As [`Options::start`], the same each time.
pub fn shared() -> io::Result<&'static Server> {
    static SHARED: OnceLock<Result<Server, (io::ErrorKind, String)>> = OnceLock::new();
    let start = || match std::env::var(URL) {
        Ok(url) => Ok(Server(Kind::Given(url))),
        Err(_) => Server::start().map_err(|error| (error.kind(), error.to_string())),
    };
    SHARED.get_or_init(start).as_ref().map_err(|(kind, words)| io::Error::new(*kind, words.clone()))
}
