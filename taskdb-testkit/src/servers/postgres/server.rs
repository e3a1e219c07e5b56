//! One server.

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use rustix::process::Signal;
use tempfile::TempDir;

use super::cluster;
use super::options::Options;
use crate::servers::ports;
use crate::servers::process::Process;
use crate::servers::tls::Certificates;

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

/// What a client of a server with TLS needs; all are PEM.
#[derive(Debug, Clone)]
pub struct ClientFiles {
    /// The authority that has signed the server and the client.
    pub ca: PathBuf,
    /// The certificate of the client.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
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
        let folder = options.folder.clone().unwrap_or_else(std::env::temp_dir);
        let dir = tempfile::Builder::new().prefix("taskdb-postgres-").tempdir_in(folder)?;
        let certificates = options.tls.then(|| options.certificates(dir.path())).transpose()?;
        cluster::make(&options, dir.path())?;
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

    /// The URL of its database, with what is needed to log in.
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::Private(private) => {
                format!("postgres://{}@127.0.0.1:{}/postgres", private.login(), private.port)
            }
            Kind::Given(url) => url.clone(),
        }
    }

    /// The URL of its socket in the file system.
    pub fn socket_url(&self) -> Option<String> {
        let private = self.private()?;
        let (login, dir, port) = (private.login(), private.data(), private.port);
        Some(format!("postgres://{login}@localhost/postgres?host={}&port={port}", dir.display()))
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> Option<u16> {
        self.private().map(|private| private.port)
    }

    /// The folder with its cluster.
    pub fn dir(&self) -> Option<PathBuf> {
        self.private().map(Private::data)
    }

    /// With TLS, the files of a client.
    pub fn client_files(&self) -> Option<ClientFiles> {
        let files = self.private()?.certificates.clone()?;
        let (ca, cert, key) = (files.ca, files.client_cert, files.client_key);
        Some(ClientFiles { ca, cert, key })
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

    /// Stops it and every process of it, so that nobody who is connected gets an answer.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn freeze(&mut self) -> io::Result<()> {
        self.signal_all(Signal::STOP)
    }

    /// Ends a [`freeze`](Self::freeze).
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn thaw(&mut self) -> io::Result<()> {
        self.signal_all(Signal::CONT)
    }

    fn signal_all(&mut self, signal: Signal) -> io::Result<()> {
        match &self.private_mut()?.process {
            Some(process) => process.signal_all(signal),
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
    fn data(&self) -> PathBuf {
        cluster::data(self.dir.path())
    }

    /// Who logs in, with the password if there is one.
    fn login(&self) -> String {
        let secret = self.options.password.iter().map(|word| format!(":{word}"));
        format!("taskdb{}", secret.collect::<String>())
    }

    fn launch(&mut self) -> io::Result<()> {
        let command = self.options.command(&self.data(), self.port, self.certificates.as_ref())?;
        self.process = Some(Process::start(command, self.dir.path(), READY)?);
        Ok(())
    }
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
