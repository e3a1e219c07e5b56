//! The columns of Redis: one server, Sentinel, TLS, a cluster with one shard and with three.
//!
//! `TASKDB_REDIS_MATRIX` names those to run, separated by commas; `all` is every one of
//! them, `none` is none. Servers start when their column does, and are private to this process.

use std::any::Any;
use std::io;
use std::sync::{Arc, OnceLock};

use taskdb_core::error::Failure;
use taskdb_core::{ManualClock, Result, TaskDb, TaskDbErr};
use taskdb_redis::Config;
use taskdb_testkit::servers::redis::{Cluster, Options, Sentinel, Server, valkey};
use taskdb_testkit::suite::{Backend, Opened, async_trait};

/// The variable that names columns.
const MATRIX: &str = "TASKDB_REDIS_MATRIX";
/// The columns of every build: between them they have all code of this side.
const USUAL: &str = "redis,shards";
/// Masters of a cluster, and shards where there are several.
const MASTERS: usize = 3;

/// One server or several for all namespaces, each opened twice.
struct Column {
    name: &'static str,
    shards: u16,
    start: Start,
    started: OnceLock<std::result::Result<Started, String>>,
}

/// Starts servers.
type Start = fn() -> io::Result<Started>;

/// A URL, and what must live as long as it is used.
struct Started {
    url: String,
    _servers: Box<dyn Any + Send + Sync>,
}

impl Started {
    fn new<S: Any + Send + Sync>(servers: S, url: impl Fn(&S) -> String) -> Self {
        Self { url: url(&servers), _servers: Box::new(servers) }
    }
}

fn one(options: Options) -> io::Result<Started> {
    Ok(Started::new(options.start()?, Server::url))
}

fn cluster() -> io::Result<Started> {
    Ok(Started::new(Cluster::start(MASTERS, false)?, Cluster::url))
}

/// Sentinel and what it watches. It has a minute of patience, for a failover in the middle
/// of a case would lose what Redis had acknowledged.
fn sentinel() -> io::Result<Started> {
    let sentinel = Sentinel::start()?;
    let patience = ["SENTINEL", "SET", "main", "down-after-milliseconds", "60000"];
    sentinel.cli::<()>(&patience)?;
    Ok(Started::new(sentinel, Sentinel::url))
}

/// All columns: name, shards, servers.
const COLUMNS: [(&str, u16, Start); 6] = [
    ("redis", 1, || one(Options::default())),
    ("shards", 3, cluster),
    ("cluster", 1, cluster),
    ("sentinel", 1, sentinel),
    ("tls", 1, || one(Options { tls: true, client_certificates: true, ..<_>::default() })),
    ("valkey", 1, || one(Options { program: valkey(), ..<_>::default() })),
];

/// The columns that the environment asks for.
///
/// # Panics
///
/// When it names one that is not there.
pub(crate) fn columns() -> Vec<Arc<dyn Backend>> {
    let wanted = std::env::var(MATRIX).unwrap_or_else(|_| USUAL.to_owned());
    let wanted = wanted.split(',').map(str::trim).filter(|name| *name != "none");
    let wanted: Vec<&str> = wanted.collect();
    let all = wanted == ["all"];
    for name in wanted.iter().filter(|_| !all) {
        let known = COLUMNS.map(|(name, ..)| name);
        assert!(known.contains(name), "{MATRIX} names `{name}`; there are {known:?}");
    }
    let columns = COLUMNS.into_iter().filter(|(name, ..)| all || wanted.contains(name));
    columns
        // Of all columns this is the one whose program may be missing.
        .filter(|(name, ..)| *name != "valkey" || !all || valkey().is_some())
        .map(|(name, shards, start)| {
            Arc::new(Column { name, shards, start, started: OnceLock::new() }) as Arc<dyn Backend>
        })
        .collect()
}

#[async_trait]
impl Backend for Column {
    fn name(&self) -> &str {
        self.name
    }

    fn required(&self) -> bool {
        true
    }

    fn exact_order(&self) -> bool {
        self.shards == 1
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let start = || (self.start)().map_err(|error| error.to_string());
        let started = self.started.get_or_init(start).as_ref();
        let started = started.map_err(|why| TaskDbErr::Unavailable(Failure::new(why)))?;
        let clock = ManualClock::default();
        let connect = async || -> Result<TaskDb> {
            let config = Config::from_url(&started.url)?.namespace(namespace.parse()?);
            config.shards(self.shards).clock(Some(Arc::new(clock.clone()))).connect().await
        };
        Ok(Opened { db: connect().await?, other: connect().await?, clock: clock.clone() })
    }
}
