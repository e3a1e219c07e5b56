//! Which servers to use, and how.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use taskdb_core::{Clock, Limits, Namespace, Result, TaskDb, TaskDbErr};

use crate::address::{self, Address, Login};
use crate::store::RedisStore;

/// The most shards of a namespace.
const MAX_SHARDS: u16 = 1024;
/// The parameters of a URL, for messages.
const PARAMETERS: &str = "namespace, shards, wait_replicas, allow_eviction, connect_timeout_ms, \
                          response_timeout_ms, tls_ca, tls_cert, tls_key, and db for a socket";

/// Where a store lies and how it is reached. `Debug` shows no password.
///
/// ```
/// use std::time::Duration;
/// use taskdb_redis::Config;
/// let config = Config::from_url("redis://user:secret@localhost:6379/0?namespace=builds")?
///     .response_timeout(Duration::from_secs(2));
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), taskdb_core::TaskDbErr>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) address: Address,
    pub(crate) login: Login,
    pub(crate) sentinel_login: Login,
    pub(crate) database: i64,
    /// `None` is plain TCP, or a socket.
    pub(crate) tls: Option<Tls>,
    pub(crate) namespace: Namespace,
    pub(crate) limits: Limits,
    /// `None` is the time of the server.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) shards: u16,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) retry: Retry,
    pub(crate) wait_replicas: u32,
    pub(crate) allow_eviction: bool,
}

/// How TLS is done: with which files, all PEM, and what is verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// Who signs servers; the authorities of this machine when `None`.
    pub ca: Option<PathBuf>,
    /// This client's certificate, and its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// What of a server's certificate is verified.
    pub verify: Verify,
}

/// What of a server's certificate is verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verify {
    /// That an authority has signed it, and the name of the host.
    #[default]
    Full,
    /// Nothing: whoever sits in between can read and change everything. For tests.
    Nothing,
}

/// When and how often a call is sent again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    /// How often a call is sent at the most.
    pub(crate) attempts: usize,
    pub(crate) min: Duration,
    pub(crate) max: Duration,
}

impl Config {
    /// Reads a URL:
    ///
    /// * `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS
    /// * `redis+unix://[user:password@]/path?db=0`, `unix://`
    /// * `redis+sentinel://[user:password@]host[:port],host/master[/database]`
    /// * `redis+cluster://[user:password@]host[:port],host`
    /// * `rediss+sentinel://`, `rediss+cluster://` with TLS
    ///
    /// Parameters: `namespace`, `shards`, `wait_replicas`, `allow_eviction` (`true` or
    /// `false`), `connect_timeout_ms`, `response_timeout_ms`, `tls_ca`, `tls_cert`,
    /// `tls_key`, each as the method of its name.
    ///
    /// # Errors
    ///
    /// `Config` for another scheme, hosts that cannot be read, an unknown parameter or
    /// a value out of range; `InvalidArgument` for a bad namespace.
    pub fn from_url(url: &str) -> Result<Self> {
        let parsed = address::parse(url)?;
        let mut config = Self::at(parsed.address);
        config.login = parsed.login;
        config.database = parsed.database.unwrap_or(0);
        config.tls = parsed.tls.then(Tls::default);
        let mut files = Files::default();
        for (name, value) in &parsed.parameters {
            config = config.with_parameter(name, value, &mut files)?;
        }
        files.put_into(&mut config)?;
        config.check()?;
        Ok(config)
    }

    fn at(address: Address) -> Self {
        Self {
            address,
            login: Login::default(),
            sentinel_login: Login::default(),
            database: 0,
            tls: None,
            namespace: Namespace::default(),
            limits: Limits::default(),
            clock: None,
            shards: 1,
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(5),
            retry: Retry {
                attempts: 100,
                min: Duration::from_millis(2),
                max: Duration::from_millis(250),
            },
            wait_replicas: 0,
            allow_eviction: false,
        }
    }

    fn with_parameter(self, name: &str, value: &str, files: &mut Files) -> Result<Self> {
        let millis = || number(name, value).map(Duration::from_millis);
        Ok(match name {
            "namespace" => self.namespace(value.parse()?),
            "shards" => self.shards(number(name, value)?),
            "wait_replicas" => self.wait_replicas(number(name, value)?),
            "allow_eviction" => self.allow_eviction(match value {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return refuse(format!("`{name}` must be true or false")),
            }),
            "connect_timeout_ms" => self.connect_timeout(millis()?),
            "response_timeout_ms" => self.response_timeout(millis()?),
            "tls_ca" => {
                files.ca = Some(value.into());
                self
            }
            "tls_cert" => {
                files.cert = Some(value.into());
                self
            }
            "tls_key" => {
                files.key = Some(value.into());
                self
            }
            "db" if matches!(self.address, Address::Unix(_)) => {
                Self { database: number::<u16>(name, value)?.into(), ..self }
            }
            _ => return refuse(format!("unknown parameter `{name}`; there are {PARAMETERS}")),
        })
    }

    /// The namespace; `taskdb` unless set.
    #[must_use]
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// What the handle accepts.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A clock in place of the server's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Option<Arc<dyn Clock>>) -> Self {
        self.clock = clock;
        self
    }

    /// Over how many slots of a cluster the namespace spreads, 1 to 1024; 1 unless set.
    /// Order and shares hold within each. It must not change while the namespace holds
    /// anything.
    #[must_use]
    pub fn shards(mut self, shards: u16) -> Self {
        self.shards = shards;
        self
    }

    /// How long connecting to one server may take; 2 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a call may take with everything it waits for: connecting, sending
    /// again, the answer. 5 s unless set.
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How often a call is sent at the most, within its time, and the pauses in
    /// between, which double from `min_backoff` to `max_backoff`. 100 times, 2 ms and
    /// 250 ms unless set; 1 sends nothing again.
    ///
    /// What may have been executed is sent again only where that is harmless.
    #[must_use]
    pub fn retry(mut self, attempts: usize, min_backoff: Duration, max_backoff: Duration) -> Self {
        self.retry = Retry { attempts, min: min_backoff, max: max_backoff };
        self
    }

    /// TLS with these files. A URL that begins with `rediss` does with the defaults.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Who this is to the Sentinels, where they ask; the login of the URL is for the
    /// servers.
    #[must_use]
    pub fn sentinel_login(mut self, user: Option<&str>, password: &str) -> Self {
        let password = Some(SecretString::from(password));
        self.sentinel_login = Login { user: user.map(str::to_owned), password };
        self
    }

    /// After each change, waits until so many replicas have it; 0 unless set.
    ///
    /// It narrows the window in which a failover loses what was acknowledged, at the
    /// price of one round trip to the replicas for each change: the connection takes
    /// changes one by one. With too few replicas in time the outcome is `Unknown`; the
    /// change is made.
    #[must_use]
    pub fn wait_replicas(mut self, replicas: u32) -> Self {
        self.wait_replicas = replicas;
        self
    }

    /// Accepts a server that may evict keys, which deletes work without a word.
    #[must_use]
    pub fn allow_eviction(mut self, allow: bool) -> Self {
        self.allow_eviction = allow;
        self
    }

    /// Opens the namespace, making it when it is not there.
    ///
    /// # Errors
    ///
    /// `Config` for settings or a server that cannot be used, `Unavailable` when no
    /// server answers, `Format` when a newer release has written the namespace,
    /// `TooLarge` for limits above their hard caps.
    pub async fn connect(self) -> Result<TaskDb> {
        let limits = self.limits;
        TaskDb::with_limits(RedisStore::open(self).await?, limits)
    }

    /// Whether the namespace is there; makes nothing.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn exists(self) -> Result<bool> {
        RedisStore::exists(self).await
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=MAX_SHARDS).contains(&self.shards) {
            return refuse(format!("`shards` is {}; use 1 to {MAX_SHARDS}", self.shards));
        }
        if self.retry.attempts == 0 || self.retry.min > self.retry.max {
            return refuse("`retry` needs 1 attempt or more and `min_backoff` <= `max_backoff`");
        }
        for (name, timeout) in
            [("connect_timeout", self.connect_timeout), ("response_timeout", self.response_timeout)]
        {
            if !(Duration::from_millis(1)..=Duration::from_secs(3600)).contains(&timeout) {
                return refuse(format!("`{name}` is {timeout:?}; use 1 ms to 1 h"));
            }
        }
        if self.tls.is_some() && matches!(self.address, Address::Unix(_)) {
            return refuse("TLS is for TCP, not for a socket");
        }
        Ok(())
    }
}

/// The files of TLS as a URL names them.
#[derive(Debug, Default)]
struct Files {
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Files {
    fn put_into(self, config: &mut Config) -> Result<()> {
        let client = match (self.cert, self.key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return refuse("`tls_cert` and `tls_key` go together"),
        };
        match &mut config.tls {
            Some(tls) => (tls.ca, tls.client) = (self.ca, client),
            None if self.ca.is_none() && client.is_none() => {}
            None => {
                return refuse("`tls_ca`, `tls_cert` and `tls_key` need a scheme with `rediss`");
            }
        }
        Ok(())
    }
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N> {
    value.parse().or_else(|_| refuse(format!("`{name}` must be a whole number in its range")))
}

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(TaskDbErr::Config(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        Config::from_url(url).unwrap_err().to_string()
    }

    #[test]
    fn parameters_are_settings() {
        let config = Config::from_url(
            "rediss://a/2?namespace=n&shards=4&wait_replicas=1&allow_eviction=true\
             &connect_timeout_ms=10&response_timeout_ms=20&tls_ca=/c&tls_cert=/d&tls_key=/e",
        );
        let config = config.unwrap();
        assert_eq!((config.namespace.as_str(), config.shards, config.database), ("n", 4, 2));
        assert_eq!((config.wait_replicas, config.allow_eviction), (1, true));
        assert_eq!(config.connect_timeout, Duration::from_millis(10));
        assert_eq!(config.response_timeout, Duration::from_millis(20));
        let files = Tls {
            ca: Some("/c".into()),
            client: Some(("/d".into(), "/e".into())),
            verify: Verify::Full,
        };
        assert_eq!(config.tls, Some(files));
        assert_eq!(Config::from_url("unix:///s?db=3").unwrap().database, 3);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, word) in [
            ("redis://a?shard=2", "unknown parameter `shard`"),
            ("redis://a?password=hidden", "unknown parameter `password`"),
            ("redis://a?db=3", "unknown parameter `db`"),
            ("redis://a?shards=0", "`shards` is 0"),
            ("redis://a?shards=1025", "`shards` is 1025"),
            ("redis://a?wait_replicas=-1", "`wait_replicas` must be"),
            ("redis://a?allow_eviction=maybe", "true or false"),
            ("redis://a?connect_timeout_ms=0", "`connect_timeout`"),
            ("redis://a?response_timeout_ms=99999999", "`response_timeout`"),
            ("redis://a?tls_ca=/c", "`rediss`"),
            ("rediss://a?tls_cert=/c", "go together"),
            ("redis://a?namespace=public", "namespace"),
        ] {
            let message = refusal(url);
            assert!(message.contains(word) && !message.contains("hidden"), "{url}: {message}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let config = || Config::from_url("redis://a").unwrap();
        let second = Duration::from_secs(1);
        assert!(config().retry(0, second, second).check().is_err());
        assert!(config().retry(1, second, Duration::ZERO).check().is_err());
        let socket = Config::from_url("unix:///s").unwrap();
        assert!(socket.tls(Tls::default()).check().is_err());
    }
}
