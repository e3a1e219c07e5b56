//! Which server to use, and how.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use taskdb_core::{Clock, Limits, Namespace, Result, TaskDb, TaskDbErr};

use crate::PostgresTaskDB;
use crate::address;
use crate::conn::Conn;
use crate::store::PostgresStore;
use crate::tls::Tls;

/// Where a store lies and how it is reached. `Debug` shows no password.
///
/// ```
/// use std::time::Duration;
/// use taskdb_postgres::Config;
/// let config = Config::from_url("postgres://user:secret@localhost/jobs?namespace=builds")?
///     .response_timeout(Duration::from_secs(2));
/// assert!(!format!("{config:?}").contains("secret"));
/// # Ok::<(), taskdb_core::TaskDbErr>(())
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) source: Source,
    pub(crate) namespace: Namespace,
    pub(crate) limits: Limits,
    /// `None` is the time of the server.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) max_connections: u32,
    pub(crate) min_connections: u32,
    pub(crate) connect_timeout: Duration,
    pub(crate) response_timeout: Duration,
    pub(crate) statement_cache: bool,
    pub(crate) listen: bool,
    pub(crate) retry: Retry,
    /// What TLS reads; the driver would not name the one that it cannot read.
    files: Vec<PathBuf>,
}

/// Where connections come from.
#[derive(Clone)]
pub(crate) enum Source {
    Options(Box<PgConnectOptions>),
    Pool(PgPool),
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
    /// Reads a URL: `postgres://[user[:password]@]host[:port][/database][?parameters]`;
    /// a host that is a percent-encoded path, or `host=/path` among the parameters, is
    /// the folder of a socket.
    ///
    /// Parameters of ours: `namespace`, `max_connections`, `connect_timeout_ms`,
    /// `response_timeout_ms`, `statement_cache` and `listen` (`on` or `off`), each as the
    /// method of its name. Those of libpq: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
    /// `host`, `hostaddr`, `port`, `user`, `password`, `dbname`, `application_name`,
    /// `options`.
    ///
    /// A host that is not this machine is reached with `sslmode=verify-full` unless the
    /// URL or `PGSSLMODE` says otherwise.
    ///
    /// # Errors
    ///
    /// `Config` for another scheme, what cannot be read or is unknown, `InvalidArgument`
    /// for a bad namespace.
    pub fn from_url(url: &str) -> Result<Self> {
        let parsed = address::parse(url)?;
        let mut config = Self::new(Source::Options(Box::new(parsed.options)));
        config.files = parsed.files;
        for (name, value) in &parsed.parameters {
            config = config.with_parameter(name, value)?;
        }
        config.check()?;
        Ok(config)
    }

    /// Uses the connections of a pool.
    pub fn from_pool(pool: PgPool) -> Self {
        Self::new(Source::Pool(pool))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            namespace: Namespace::default(),
            limits: Limits::default(),
            clock: None,
            max_connections: 10,
            min_connections: 0,
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(30),
            statement_cache: true,
            listen: true,
            retry: Retry {
                attempts: 100,
                min: Duration::from_millis(2),
                max: Duration::from_millis(250),
            },
            files: Vec::new(),
        }
    }

    fn with_parameter(self, name: &str, value: &str) -> Result<Self> {
        let millis = || number(name, value).map(Duration::from_millis);
        let switch = || match value {
            "on" | "true" | "1" => Ok(true),
            "off" | "false" | "0" => Ok(false),
            _ => refuse(format!("`{name}` must be on or off")),
        };
        Ok(match name {
            "namespace" => self.namespace(value.parse()?),
            "max_connections" => self.max_connections(number(name, value)?),
            "connect_timeout_ms" => self.connect_timeout(millis()?),
            "response_timeout_ms" => self.response_timeout(millis()?),
            "statement_cache" => self.statement_cache(switch()?),
            "listen" => self.listen(switch()?),
            _ => return refuse(format!("unknown parameter `{name}`")),
        })
    }

    /// The namespace, which is a schema; `taskdb` unless set.
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

    /// The most connections, besides one that listens; 10 unless set. Calls of one process
    /// travel together, so few are enough. A pool that is handed in has its own.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections;
        self
    }

    /// The connections that are kept though idle; none unless set.
    #[must_use]
    pub fn min_connections(mut self, connections: u32) -> Self {
        self.min_connections = connections;
        self
    }

    /// How long a call waits for a connection; 5 s unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a call may take with everything it waits for: connecting, sending again,
    /// the answer. 30 s unless set.
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How TLS is done, whatever the URL says. A pool that is handed in has its own.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        if let Source::Options(options) = self.source {
            self.files = tls.files();
            self.source = Source::Options(Box::new(tls.apply(*options)));
        }
        self
    }

    /// Whether connections keep prepared statements; `true` unless set. Behind a pooler
    /// that hands out another connection for each transaction, such as PgBouncer in
    /// transaction mode, it must be `false`; each call is then framed as a transaction,
    /// and as no connection keeps anything, none [listens](Self::listen).
    #[must_use]
    pub fn statement_cache(mut self, keep: bool) -> Self {
        self.statement_cache = keep;
        self
    }

    /// Whether a connection of its own, made when a worker first waits, hears of new work
    /// from other processes; `true` unless set. Without, waiting workers ask once a second.
    #[must_use]
    pub fn listen(mut self, listen: bool) -> Self {
        self.listen = listen;
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

    /// Opens the namespace, making it when it is not there.
    ///
    /// # Errors
    ///
    /// `Config` for settings or a server that cannot be used, `Unavailable` when no
    /// server answers, `Format` when a newer release has written the namespace,
    /// `TooLarge` for limits above their hard caps.
    pub async fn connect(self) -> Result<TaskDb> {
        Ok(self.open().await?.into_inner())
    }

    /// Whether the namespace is there; makes nothing.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn exists(self) -> Result<bool> {
        self.check()?;
        PostgresStore::exists(&self).await
    }

    /// As [`connect`](Self::connect), for programs that settle for this backend.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn open(self) -> Result<PostgresTaskDB> {
        self.check()?;
        self.check_files()?;
        let limits = self.limits;
        let store = PostgresStore::open(self).await?;
        let session = Arc::clone(store.session());
        Ok(PostgresTaskDB { db: TaskDb::with_limits(store, limits)?, session })
    }

    /// How to connect, for connections that are not of the pool.
    pub(crate) fn options(&self) -> PgConnectOptions {
        let options = match &self.source {
            Source::Options(options) => (**options).clone(),
            Source::Pool(pool) => (*pool.connect_options()).clone(),
        };
        if self.statement_cache {
            options
        } else {
            // Poolers refuse a parameter of the session that they do not know.
            options.extra_float_digits(None)
        }
    }

    /// Whether a connection listens.
    pub(crate) fn listens(&self) -> bool {
        self.listen && self.statement_cache
    }

    pub(crate) fn conn(&self) -> Conn {
        match &self.source {
            Source::Pool(pool) => Conn::new(pool.clone(), false, self),
            Source::Options(_) => {
                Conn::new(self.pool().connect_lazy_with(self.options()), true, self)
            }
        }
    }

    fn pool(&self) -> PgPoolOptions {
        PgPoolOptions::new()
            .max_connections(self.max_connections)
            .min_connections(self.min_connections)
            .acquire_timeout(self.connect_timeout)
            // A connection that was in use a moment ago is taken as it is.
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for < Duration::from_secs(1) {
                        return Ok(true);
                    }
                    Ok(sqlx::Connection::ping(conn).await.is_ok())
                })
            })
    }

    /// Refuses what cannot work.
    fn check(&self) -> Result<()> {
        if self.max_connections == 0 {
            return refuse("`max_connections` is 0; use 1 or more");
        }
        if self.retry.attempts == 0 || self.retry.min > self.retry.max {
            return refuse("`retry` needs 1 attempt or more and `min_backoff` <= `max_backoff`");
        }
        for (name, timeout) in
            [("connect_timeout", self.connect_timeout), ("response_timeout", self.response_timeout)]
        {
            if timeout < Duration::from_millis(1) || timeout > Duration::from_secs(3600) {
                return refuse(format!("`{name}` is {timeout:?}; use 1 ms to 1 h"));
            }
        }
        Ok(())
    }
}

impl Config {
    /// Refuses files that cannot be read.
    fn check_files(&self) -> Result<()> {
        for file in &self.files {
            if let Err(error) = std::fs::File::open(file) {
                return refuse(format!("cannot read `{}`: {error}", file.display()));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.options();
        f.debug_struct("Config")
            .field("host", &options.get_host())
            .field("port", &options.get_port())
            .field("user", &options.get_username())
            .field("database", &options.get_database())
            .field("ssl_mode", &options.get_ssl_mode())
            .field("namespace", &self.namespace)
            .field("limits", &self.limits)
            .field("clock", &self.clock)
            .field("max_connections", &self.max_connections)
            .field("min_connections", &self.min_connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("statement_cache", &self.statement_cache)
            .field("listen", &self.listen)
            .field("retry", &self.retry)
            .finish()
    }
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N> {
    value.parse().or_else(|_| refuse(format!("`{name}` must be a whole number in its range")))
}

fn refuse<T>(why: impl Into<String>) -> Result<T> {
    Err(TaskDbErr::Config(why.into()))
}
