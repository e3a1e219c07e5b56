//! How TLS is done: what is verified, and with which files.

use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// How TLS is done. Files are PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    verify: Verify,
    ca: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verify {
    Off,
    Nothing,
    Ca,
    Full,
}

impl Tls {
    const fn new(verify: Verify) -> Self {
        Self { verify, ca: None, client: None }
    }

    /// The server must be signed by a known authority and bear the name of the host.
    pub const fn verify_full() -> Self {
        Self::new(Verify::Full)
    }

    /// The server must be signed by a known authority.
    pub const fn verify_ca() -> Self {
        Self::new(Verify::Ca)
    }

    /// Nothing is verified: whoever sits in between can read and change everything.
    pub const fn unverified() -> Self {
        Self::new(Verify::Nothing)
    }

    /// No TLS.
    pub const fn off() -> Self {
        Self::new(Verify::Off)
    }

    /// Who signs servers, in place of the authorities that come with the library.
    #[must_use]
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca = Some(file.into());
        self
    }

    /// This client's certificate, and its key.
    #[must_use]
    pub fn client(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client = Some((cert.into(), key.into()));
        self
    }

    /// The files to be read.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let client = self.client.iter().flat_map(|(cert, key)| [cert, key]);
        self.ca.iter().chain(client).cloned().collect()
    }

    /// Puts itself into the options of the driver.
    pub(crate) fn apply(self, options: PgConnectOptions) -> PgConnectOptions {
        let mut options = options.ssl_mode(match self.verify {
            Verify::Off => PgSslMode::Disable,
            Verify::Nothing => PgSslMode::Require,
            Verify::Ca => PgSslMode::VerifyCa,
            Verify::Full => PgSslMode::VerifyFull,
        });
        if let Some(ca) = self.ca {
            options = options.ssl_root_cert(ca);
        }
        if let Some((cert, key)) = self.client {
            options = options.ssl_client_cert(cert).ssl_client_key(key);
        }
        options
    }
}
