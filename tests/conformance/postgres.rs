//! The columns of Postgres: one private server with a schema for each namespace, reached as
//! it is and through PgBouncer in transaction mode.
//!
//! `TASKDB_POSTGRES_MATRIX` names those to run, separated by commas; `all` is both, `none` is none.

use std::io;
use std::sync::{Arc, OnceLock};

use taskdb_core::error::Failure;
use taskdb_core::{ManualClock, Result, TaskDb, TaskDbErr};
use taskdb_postgres::Config;
use taskdb_testkit::servers::pgbouncer::PgBouncer;
use taskdb_testkit::servers::postgres::{Options, Server};
use taskdb_testkit::suite::{Backend, Opened, async_trait};

/// The variable that names columns.
const MATRIX: &str = "TASKDB_POSTGRES_MATRIX";
/// The columns of every build.
const USUAL: &str = "postgres";
/// All columns.
const COLUMNS: [&str; 2] = ["postgres", POOLED];
/// The column that goes through a pooler.
const POOLED: &str = "pgbouncer";
/// The connections of the pooler, fewer than those of its clients.
const POOL: u32 = 16;

/// One server for all namespaces, each opened twice. It starts when its column does.
struct Column {
    name: &'static str,
    started: OnceLock<std::result::Result<Started, String>>,
}

/// What must live as long as its URL is used; the pooler ends first.
struct Started {
    url: String,
    _pooler: Option<PgBouncer>,
    _server: Server,
}

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
        assert!(COLUMNS.contains(name), "{MATRIX} names `{name}`; there are {COLUMNS:?}");
    }
    let columns = COLUMNS.into_iter().filter(|name| all || wanted.contains(name));
    let column = |name| Arc::new(Column { name, started: OnceLock::new() }) as Arc<dyn Backend>;
    columns.map(column).collect()
}

impl Column {
    fn start(&self) -> io::Result<Started> {
        let server = Options::fast().start()?;
        let pooled = self.name == POOLED;
        let pooler = pooled.then(|| PgBouncer::start(&server, POOL)).transpose()?;
        let url = pooler.as_ref().map_or_else(|| server.url(), PgBouncer::url);
        Ok(Started { url, _pooler: pooler, _server: server })
    }
}

#[async_trait]
impl Backend for Column {
    fn name(&self) -> &str {
        self.name
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let start = || self.start().map_err(|error| error.to_string());
        let started = self.started.get_or_init(start).as_ref();
        let started = started.map_err(|why| TaskDbErr::Unavailable(Failure::new(why)))?;
        let clock = ManualClock::default();
        let connect = async || -> Result<TaskDb> {
            let config = Config::from_url(&started.url)?.namespace(namespace.parse()?);
            config.max_connections(4).clock(Some(Arc::new(clock.clone()))).connect().await
        };
        Ok(Opened { db: connect().await?, other: connect().await?, clock: clock.clone() })
    }
}
