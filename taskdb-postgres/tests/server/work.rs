//! What small pieces of work cost: statements sent, functions run by the server, and the rows
//! and pages of tables that they have touched.

use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ThreadId};
use std::time::Instant;

use async_trait::async_trait;
use futures::{FutureExt, TryFutureExt};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use taskdb_core::TaskDb;
use taskdb_postgres::{Config, sqlx};
use taskdb_testkit::servers::postgres::{Options, Server};
use taskdb_testkit::work::{self, Column, Gauge};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::{PATIENCE, namespace};

const COLUMNS: &[Column] = &[
    Column { name: "statements", slack: 0 },
    Column { name: "functions", slack: 0 },
    Column { name: "read", slack: 5 },
    Column { name: "written", slack: 0 },
    Column { name: "pages", slack: 10 },
];

/// Backends report when they end; so nobody else may be there when this is read.
const COUNTS: &str = "SELECT
    (SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions)::bigint,
    sum(coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0))::bigint,
    sum(t.n_tup_ins + t.n_tup_upd + t.n_tup_del)::bigint,
    sum(io.heap_blks_read + io.heap_blks_hit
        + coalesce(io.idx_blks_read, 0) + coalesce(io.idx_blks_hit, 0)
        + coalesce(io.toast_blks_read, 0) + coalesce(io.toast_blks_hit, 0)
        + coalesce(io.tidx_blks_read, 0) + coalesce(io.tidx_blks_hit, 0))::bigint
    FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid)";
const SEED: &str = "SELECT setseed(0.5)";
/// The version that the table is of: others plan otherwise.
const VERSION: i32 = 15;
const SERVER: &str = "SELECT current_setting('server_version_num')::int / 10000";
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres'";

struct Counted {
    url: String,
    /// Sees who is connected to the database, and is not.
    watch: PgConnection,
    statements: Arc<AtomicU64>,
    namespace: String,
    pool: Option<PgPool>,
    before: Vec<u64>,
}

#[async_trait(?Send)]
impl Gauge for Counted {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    async fn fresh(&mut self) -> TaskDb {
        self.namespace = namespace();
        self.open().await
    }

    async fn begin(&mut self, db: TaskDb) -> TaskDb {
        self.close(db).await;
        self.before = self.read().await;
        self.open().await
    }

    async fn end(&mut self, db: TaskDb) -> Vec<u64> {
        self.close(db).await;
        let after = self.read().await;
        after.iter().zip(&self.before).map(|(after, before)| after - before).collect()
    }
}

impl Counted {
    async fn of(server: &Server, statements: Arc<AtomicU64>) -> Self {
        let url = server.url();
        let elsewhere = url.replace("/postgres", "/template1");
        let watch = PgConnection::connect(&elsewhere).await.expect("a connection");
        Self { url, watch, statements, namespace: String::new(), pool: None, before: Vec::new() }
    }

    /// The major version of the server.
    async fn version(&mut self) -> i32 {
        sqlx::query_scalar(SERVER).fetch_one(&mut self.watch).await.expect("a version")
    }

    /// A pool of its own, whose end can be waited for and whose statements are told of.
    async fn open(&mut self) -> TaskDb {
        let options = PgConnectOptions::from_str(&self.url).expect("a URL");
        // One connection, and the same random numbers each time: by these a creation decides
        // now and then to do more than it has to.
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let pool = pool
            .after_connect(|conn, _| sqlx::query(SEED).execute(conn).map_ok(drop).boxed())
            .connect_lazy_with(options);
        self.pool = Some(pool.clone());
        let namespace = self.namespace.parse().expect("a name");
        Config::from_pool(pool).namespace(namespace).connect().await.expect("it opens")
    }

    async fn close(&mut self, db: TaskDb) {
        drop(db);
        self.pool.take().expect("it is open").close().await;
        self.alone().await;
    }

    /// Waits until nobody is connected to the database.
    async fn alone(&mut self) {
        let start = Instant::now();
        loop {
            let others: i64 =
                sqlx::query_scalar(OTHERS).fetch_one(&mut self.watch).await.expect("a count");
            if others == 0 {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{others} are still connected");
        }
    }

    async fn read(&mut self) -> Vec<u64> {
        let mut conn = PgConnection::connect(&self.url).await.expect("a connection");
        let counts: (i64, i64, i64, i64) =
            sqlx::query_as(COUNTS).fetch_one(&mut conn).await.expect("counts");
        conn.close().await.expect("it ends");
        self.alone().await;
        let statements = self.statements.load(Ordering::Relaxed);
        let counts = [counts.0, counts.1, counts.2, counts.3];
        let counts = counts.map(|count| u64::try_from(count).expect("a count"));
        [&[statements][..], &counts].concat()
    }
}

/// Counts the statements of a thread that the driver tells of, but for hints to other
/// processes, of which there may be one for several calls.
struct Statements {
    count: Arc<AtomicU64>,
    thread: ThreadId,
}

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        if statement.counts && !statement.hints && thread::current().id() == self.thread {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What is known of a statement: those of the store open with what they are for.
#[derive(Default)]
struct Statement {
    counts: bool,
    hints: bool,
}

impl Visit for Statement {
    fn record_str(&mut self, _: &Field, value: &str) {
        self.counts |= value.starts_with("-- purpose:");
        self.hints |= value.contains("pg_notify");
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

// On one thread, by which its statements are told from those of other tests.
#[tokio::test]
async fn work_is_what_the_table_says() {
    let statements = Arc::default();
    let (count, thread) = (Arc::clone(&statements), thread::current().id());
    let subscriber = Statements { count, thread };
    tracing::subscriber::set_global_default(subscriber).expect("there is no other");
    let options = Options::fast().set("autovacuum", "off").set("track_functions", "all");
    let server = options.start().expect("a private Postgres server starts");
    let mut counted = Counted::of(&server, statements).await;
    let version = counted.version().await;
    if version != VERSION {
        println!("left out: the table is of PostgreSQL {VERSION}, and this is {version}");
        return;
    }
    let about = "What pieces of work cost on Postgres: statements sent, functions run, rows read \
                 and written, pages of tables and indexes looked at.";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/work.txt");
    let command = "cargo test -p taskdb-postgres --test server work";
    work::count(&mut counted).await.check(&file, about, command);
}
