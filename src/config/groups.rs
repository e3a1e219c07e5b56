//! Values that belong together, as backends take them.

use std::path::PathBuf;
use std::time::Duration;

/// How much of what was acknowledged outlives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// All of it: a change is acknowledged once it is on the disk. Written `full`.
    #[default]
    Full,
    /// A killed process loses nothing; a crash of the machine, or a loss of power, may
    /// take the last changes with it. What remains is sound. Written `normal`.
    Normal,
}

impl Durability {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}

/// How closely the certificate of a server is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVerify {
    /// It must be signed by a known authority and name the host. Written `full`.
    Full,
    /// It must be signed by a known authority. Written `ca`.
    Ca,
    /// Not at all: whoever sits between can read and change everything. Written `none`.
    None,
}

impl TlsVerify {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Ca => "ca",
            Self::None => "none",
        }
    }
}

/// How to speak TLS with a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tls {
    /// Whether to. The scheme or the backend decides when nothing is said.
    pub enabled: Option<bool>,
    /// PEM file of the authorities to trust instead of those that come with the backend.
    pub ca: Option<PathBuf>,
    /// PEM file of the certificate with which the client proves who it is.
    pub cert: Option<PathBuf>,
    /// PEM file of the key of that certificate.
    pub key: Option<PathBuf>,
    /// How closely to look; the backend decides when nothing is said.
    pub verify: Option<TlsVerify>,
}

/// How many connections a process keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Pool {
    /// Kept open though idle; the backend decides when nothing is said.
    pub min_connections: Option<u32>,
    /// Open at once; the backend decides when nothing is said.
    pub max_connections: Option<u32>,
}

/// How long to wait for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the answer to a call.
    pub response: Duration,
}

/// How a call is repeated that was not executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How often, after the first attempt.
    pub attempts: u32,
    /// The pause before the first repetition; each further one is twice as long.
    pub backoff: Duration,
    /// The longest pause.
    pub max_backoff: Duration,
}
