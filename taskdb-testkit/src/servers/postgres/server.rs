//! One server.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::process::Signal;
use tempfile::TempDir;

use super::options::{Options, give};
use crate::servers::ports;
use crate::servers::process::Process;

/// The variable that names a server which is there already, for [`shared`].
const URL: &str = "TASKDB_TEST_POSTGRES_URL";
/// What a server prints when it listens.
const READY: &str = "database system is ready to accept connections";

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
        let dir = tempfile::Builder::new().prefix("taskdb-postgres-").tempdir()?;
        make_cluster(&options, dir.path())?;
        let mut private = Private { process: None, options, port: 0, dir };
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

    /// The URL of its database, with what is needed to log in.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Private(private) => {
                let secret = private.options.password.iter().map(|word| format!(":{word}"));
                let login = secret.collect::<String>();
                format!("postgres://taskdb{login}@127.0.0.1:{}/postgres", private.port)
            }
            Kind::Given(url) => url.clone(),
        }
    }

    /// The URL of its socket in the file system.
    pub fn socket_url(&self) -> Option<String> {
        let private = self.private()?;
        let (dir, port) = (private.data(), private.port);
        Some(format!("postgres://taskdb@/postgres?host={}&port={port}", dir.display()))
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> Option<u16> {
        self.private().map(|private| private.port)
    }

    /// The folder with its cluster.
    pub fn dir(&self) -> Option<PathBuf> {
        self.private().map(Private::data)
    }

    /// Shuts it down as an operator would and starts it again, on the same port and
    /// with the same cluster.
    ///
    /// # Errors
    ///
    /// As [`Options::start`].
    pub fn restart(&mut self) -> io::Result<()> {
        let private = self.private_mut()?;
        if let Some(process) = private.process.take() {
            // Clients are not waited for.
            process.stop_with(Signal::INT)?;
        }
        private.launch()
    }

    /// Kills it as a crash would; [`restart`](Self::restart) starts it again.
    pub fn kill(&mut self) {
        if let Kind::Private(private) = &mut self.0 {
            private.process = None;
        }
    }

    /// Stops it from accepting anybody while its connections stay open.
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
    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn launch(&mut self) -> io::Result<()> {
        let command = self.options.command(&self.data(), self.port)?;
        self.process = Some(Process::start(command, self.dir.path(), READY)?);
        Ok(())
    }
}

fn make_cluster(options: &Options, dir: &Path) -> io::Result<()> {
    let secret = dir.join("password");
    if let Some(password) = &options.password {
        std::fs::write(&secret, password)?;
    }
    give(dir)?;
    let password_file = options.password.is_some().then_some(secret.as_path());
    let output = options.initdb(&dir.join("data"), password_file)?.current_dir(dir).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// The server of this test process, started on first use: that of
/// `TASKDB_TEST_POSTGRES_URL` if set, else a private one that ends with the process and
/// does not sync.
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
        Err(_) => Options::fast().start().map_err(|error| (error.kind(), error.to_string())),
    };
    SHARED.get_or_init(start).as_ref().map_err(|(kind, words)| io::Error::new(*kind, words.clone()))
}
