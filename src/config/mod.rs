//! What is configured, and where it was stated. What a backend makes of it lies with
//! the backend.
//!
#![doc = include_str!("../../docs/configuration.md")]

mod check;
mod effective;
mod env;
mod field;
mod file;
mod getters;
mod groups;
mod kind;
mod limits;
mod location;
mod setters;
mod source;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

pub use effective::{Effective, Setting};
pub use groups::{Durability, Pool, Retry, Timeouts, Tls, TlsVerify};
pub use secrecy::{ExposeSecret, SecretString};
pub use source::Source;
use taskdb_core::{Result, TaskDb, TaskDbErr};

pub(crate) use self::kind::is_scheme;
use self::kind::{Raw, Value};

/// Which store to open and how, with the source of every value.
///
/// Each field is stated in a file, in the environment or by the program; the program
/// outranks the environment, and that a file. The [module](self) has the table of
/// fields.
///
/// What is wrong is kept, and [`connect`](Self::connect) reports all of it at once,
/// each with the name of its field and its source.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let config = taskdb::Config::from_url("memory:").with_namespace("reports");
/// let db = config.connect().await?;
/// assert!(db.request_work("cpu").await?.is_none());
///
/// let error = taskdb::Config::from_url("memory:").with_port(0).check().unwrap_err();
/// assert!(error.to_string().contains("`port` set by the program: must be"), "{error}");
/// # Ok::<(), taskdb::TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Config {
    /// What is stated, by the name of its field.
    stated: BTreeMap<&'static str, (Value, Source)>,
    /// What was stated and cannot be, in words.
    problems: Vec<String>,
}

impl Config {
    /// Defaults only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Defaults and a URL; neither a file nor the environment.
    pub fn from_url(url: &str) -> Self {
        Self::new().with_url(url)
    }

    /// The file and the environment of this process. The file is the one that
    /// `TASKDB_CONFIG` names, or else `taskdb.toml` in the working directory, if there
    /// is one.
    ///
    /// ```no_run
    /// # async fn example() -> taskdb::Result<()> {
    /// let db = taskdb::Config::load()?.connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Config` when the file cannot be read, or a value in it or in a variable is not
    /// allowed; it names all of them.
    pub fn load() -> Result<Self> {
        Self::load_in(Path::new(""), std::env::vars_os().collect())
    }

    /// A file and the environment of this process, whatever `TASKDB_CONFIG` says.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_from(path: impl AsRef<Path>) -> Result<Self> {
        Self::new().with_file(path.as_ref()).with_env(std::env::vars_os()).sound()
    }

    /// As [`load`](Self::load) in another folder, with another environment.
    fn load_in(folder: &Path, variables: Vec<(OsString, OsString)>) -> Result<Self> {
        let named = variables.iter().find(|(name, value)| name == env::FILE && !value.is_empty());
        let file = match named {
            Some((_, path)) => Some(PathBuf::from(path)),
            None => Some(folder.join(file::DEFAULT)).filter(|path| path.exists()),
        };
        let config = match file {
            Some(path) => Self::new().with_file(path),
            None => Self::new(),
        };
        config.with_env(variables).sound()
    }

    /// Adds what a TOML file states. [`load`](Self::load) and
    /// [`load_from`](Self::load_from) are made of this and [`with_env`](Self::with_env).
    #[must_use]
    pub fn with_file(mut self, path: impl AsRef<Path>) -> Self {
        file::read(&mut self, path.as_ref());
        self
    }

    /// Adds what an environment states, in which a test or a supervisor can put what
    /// it likes.
    ///
    /// ```
    /// let env = [("TASKDB_URL", "memory:"), ("TASKDB_NAMESPACE", "reports"), ("PATH", "/bin")];
    /// let config = taskdb::Config::new().with_env(env);
    /// assert_eq!(config.namespace().as_str(), "reports");
    /// ```
    #[must_use]
    pub fn with_env<N, V>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        for (name, value) in variables {
            env::read(&mut self, &name.into(), &value.into());
        }
        self
    }

    /// Opens the store and creates what is missing.
    ///
    /// # Errors
    ///
    /// `Config` for what [`check`](Self::check) refuses and for what the backend finds
    /// wrong with the URL. `Unavailable` when the store cannot be reached, `Format` when
    /// a newer release has written it.
    pub async fn connect(self) -> Result<TaskDb> {
        self.check()?;
        crate::connect::open(self).await
    }

    /// Whether the namespace is there, without making it. Of a backend that the application
    /// has registered, only opening it would tell: the answer is `true`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
    /// assert!(!taskdb::Config::from_url("sqlite://no/such/file.db").exists().await?);
    /// # Ok::<(), taskdb::TaskDbErr>(())
    /// # })?;
    /// # Ok::<(), taskdb::TaskDbErr>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn exists(self) -> Result<bool> {
        self.check()?;
        crate::connect::exists(self).await
    }

    /// The error of a field, with its source: for backends that find a value wrong.
    ///
    /// ```
    /// let config = taskdb::Config::from_url("memory:").with_port(70);
    /// let error = config.refuse("port", "must be even higher");
    /// let text = "invalid configuration: `port` set by the program: must be even higher";
    /// assert_eq!(error.to_string(), text);
    /// ```
    pub fn refuse(&self, field: &str, reason: &str) -> TaskDbErr {
        TaskDbErr::Config(self.complaint(field, reason))
    }

    fn complaint(&self, field: &str, reason: &str) -> String {
        match self.source(field) {
            Some(source) => format!("`{field}` {source}: {reason}"),
            None => format!("`{field}`: {reason}"),
        }
    }

    /// Takes a value unless a higher source has stated the field already.
    fn state(&mut self, name: &str, raw: Raw<'_>, source: Source) {
        let Some(field) = field::find(name) else {
            let advice = field::advice(name);
            return self.problems.push(format!("unknown field `{name}` {source}: {advice}"));
        };
        let value = match field.kind.read(raw) {
            Ok(value) => value,
            Err(reason) => return self.problems.push(format!("`{name}` {source}: {reason}")),
        };
        let standing = self.stated.get(field.name).map_or(0, |(_, standing)| standing.rank());
        if source.rank() >= standing {
            self.stated.insert(field.name, (value, source));
        }
    }

    /// Itself, if nothing that was stated is wrong by itself.
    fn sound(self) -> Result<Self> {
        if self.problems.is_empty() {
            return Ok(self);
        }
        Err(TaskDbErr::Config(self.problems.join("; ")))
    }
}

/// What is in force, as in [`effective`](Config::effective): no password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.effective().settings;
        let stated = settings
            .iter()
            .filter(|setting| !matches!(setting.source, None | Some(Source::Default)));
        let values = stated.map(|setting| (setting.name, setting.text()));
        f.debug_map().entries(values).finish()
    }
}

#[cfg(test)]
mod tests;
