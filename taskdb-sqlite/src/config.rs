//! Which file to open, and how.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use taskdb_core::error::redact;
use taskdb_core::{Clock, Limits, Namespace, Result, SystemClock, TaskDb, TaskDbErr};

use crate::store::SqliteStore;

/// When a commit is written to the disk, which decides what a crash can take. The
/// connections of a file may differ: each decides for what it commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Synchronous {
    /// Before it is acknowledged: neither a killed process nor a crash of the machine
    /// or a loss of power takes it, as long as the disk keeps what it says it has.
    #[default]
    Full,
    /// Some time after: a killed process loses nothing, but a crash of the machine or a
    /// loss of power may take the last commits, those since the log was last written
    /// back to the file. What remains is what was there at some moment before, whole
    /// and sound; work that was acknowledged since then is done again, or not known.
    Normal,
}

/// Where a store lies and what to open it with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file; a private database in memory when `None`.
    pub(crate) path: Option<PathBuf>,
    pub(crate) namespace: Namespace,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    /// How long a group of calls waits for another process to let go of the file.
    pub(crate) busy_timeout: Duration,
    pub(crate) synchronous: Synchronous,
    /// How many connections read a file beside the one that writes.
    pub(crate) readers: NonZeroUsize,
    /// How often waiting workers look for changes by other processes.
    pub(crate) poll: Duration,
}

impl Config {
    /// A file, made when it does not exist. Its folder must.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..Self::memory() }
    }

    /// A database of this process only, gone with the last handle.
    pub fn memory() -> Self {
        Self {
            path: None,
            namespace: Namespace::default(),
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            busy_timeout: Duration::from_secs(10),
            synchronous: Synchronous::default(),
            readers: const { NonZeroUsize::new(2).unwrap() },
            poll: Duration::from_millis(5),
        }
    }

    /// Reads `sqlite://FILE?namespace=NAME`, `sqlite:FILE` or `memory:`. A path may
    /// be relative (`sqlite://jobs.db`) or absolute (`sqlite:///var/lib/jobs.db`).
    ///
    /// # Errors
    ///
    /// `Config` for another scheme, an empty path or an unknown parameter.
    pub fn from_url(url: &str) -> Result<Self> {
        let refuse = |why: String| TaskDbErr::Config(format!("`{}`: {why}", redact(url)));
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let config = if let Some(rest) = base.strip_prefix("memory:") {
            if !matches!(rest, "" | "//") {
                return Err(refuse("`memory:` takes no path".into()));
            }
            Self::memory()
        } else if let Some(rest) = base.strip_prefix("sqlite:") {
            match rest.strip_prefix("//").unwrap_or(rest) {
                "" => return Err(refuse("names no file, as in `sqlite://jobs.db`".into())),
                path => Self::at(percent_decoded(path)),
            }
        } else {
            return Err(refuse("the scheme must be `sqlite:` or `memory:`".into()));
        };
        url::form_urlencoded::parse(query.as_bytes()).try_fold(config, |config, (name, value)| {
            match name.as_ref() {
                "namespace" => Ok(config.namespace(value.parse()?)),
                other => Err(refuse(format!("unknown parameter `{other}`; use `namespace`"))),
            }
        })
    }

    /// The file; none of a database in memory.
    ///
    /// ```
    /// let config = taskdb_sqlite::Config::from_url("sqlite:///var/lib/a%20b.db")?;
    /// assert_eq!(config.file(), Some(std::path::Path::new("/var/lib/a b.db")));
    /// # Ok::<(), taskdb_core::TaskDbErr>(())
    /// ```
    pub fn file(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The namespace; `taskdb` unless set.
    #[must_use]
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// The clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What the handle accepts.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long calls wait for another process to let go of the file; 10 s unless set.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// When commits are written to the disk; `Full` unless set. In memory it is for
    /// nothing.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How many threads read a file, each with a connection, beside the one that
    /// writes; 2 unless set. In memory the one that writes does all.
    #[must_use]
    pub fn readers(mut self, readers: NonZeroUsize) -> Self {
        self.readers = readers;
        self
    }

    /// Opens the store and creates what is missing.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the file cannot be opened, `Format` when a newer release
    /// has written it, `TooLarge` for limits above their hard caps.
    pub async fn connect(self) -> Result<TaskDb> {
        let limits = self.limits;
        TaskDb::with_limits(SqliteStore::open(self).await?, limits)
    }

    /// Whether the file is there and has the namespace; makes neither. Nothing is in memory
    /// before it is opened.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn exists(self) -> Result<bool> {
        SqliteStore::exists(self).await
    }
}

/// The path of a URL as a file name.
fn percent_decoded(path: &str) -> String {
    // To a form decoder `+` and `&` have meanings that file names do not know.
    let escaped = path.replace('+', "%2B").replace('&', "%26");
    url::form_urlencoded::parse(format!("p={escaped}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> Option<String> {
        Config::from_url(url).unwrap().path.map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn urls_name_files() {
        assert_eq!(path("memory:"), None);
        assert_eq!(path("sqlite://jobs.db").as_deref(), Some("jobs.db"));
        assert_eq!(path("sqlite:jobs.db").as_deref(), Some("jobs.db"));
        assert_eq!(path("sqlite:///a/b%20c+&=.db?namespace=x").as_deref(), Some("/a/b c+&=.db"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, word) in [
            ("sqlite://", "names no file"),
            ("sqlite://a?nmespace=x", "`nmespace`"),
            ("sqlite://a?namespace=public", "namespace"),
            ("redis://a", "scheme"),
            ("memory:x", "no path"),
            ("sqlite://ann:secret@host/a?x=1", "`x`"),
            ("redis://ann:secret@host", "scheme"),
        ] {
            let message = Config::from_url(url).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
