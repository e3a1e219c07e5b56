//! The backends that the tests run on, each with the kind of handle that applications
//! would use on it. A further one is a function here and a line in `on_every_backend`.

use std::path::PathBuf;
#[cfg(any(feature = "redis", feature = "postgres"))]
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// An empty store and the handle to it.
pub(crate) struct Backend<H> {
    pub(crate) db: H,
    folder: Option<TempDir>,
}

impl<H> Backend<H> {
    /// Where the file of this name lies, of a backend that has one.
    #[allow(dead_code, reason = "only some tests look into the file")]
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.as_ref().expect("a backend with a folder").path().join(name)
    }
}

/// Any backend by its URL.
pub(crate) async fn memory() -> Backend<taskdb::engine::TaskDb> {
    let db = taskdb::connect("memory:").await.expect("a store in memory");
    Backend { db, folder: None }
}

/// One backend by its name.
pub(crate) async fn sqlite_file() -> Backend<taskdb::SqliteTaskDB> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
    let db = taskdb::SqliteTaskDB::new(&url).await.expect("a store in a file");
    Backend { db, folder: Some(folder) }
}

/// A number for what the tests of this program share a server for.
#[cfg(any(feature = "redis", feature = "postgres"))]
fn number() -> u32 {
    static NUMBERS: AtomicU32 = AtomicU32::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// A namespace of its own on a server that all tests of this program share.
#[cfg(feature = "redis")]
pub(crate) async fn redis() -> Backend<taskdb::RedisTaskDB> {
    let server = taskdb_testkit::servers::redis::shared().expect("a Redis server");
    let namespace = format!("compat-{}-{}", std::process::id(), number());
    let url = format!("{}?namespace={namespace}", server.url());
    let db = taskdb::RedisTaskDB::new(&url).await.expect("a store on Redis");
    Backend { db, folder: None }
}

/// A pool as applications have it, on a database of its own.
#[cfg(feature = "postgres")]
pub(crate) async fn pg_pool() -> Backend<taskdb::sqlx::PgPool> {
    use taskdb::sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, raw_sql};
    let server = taskdb_testkit::servers::postgres::shared().expect("a Postgres server");
    let database = format!("compat_{}_{}", std::process::id(), number());
    let mut admin = PgConnection::connect(&server.url()).await.expect("a connection");
    let create = AssertSqlSafe(format!("CREATE DATABASE {database}"));
    raw_sql(create).execute(&mut admin).await.expect("a database");
    admin.close().await.expect("it closes");
    let url = server.url().replace("/postgres", &format!("/{database}"));
    let db = PgPool::connect(&url).await.expect("a pool");
    Backend { db, folder: None }
}

/// Makes every scenario, `module: function, ..;`, a test on every backend. A scenario
/// takes the handle by value.
macro_rules! on_every_backend {
    ($($scenarios:tt)*) => {
        on_backend!(memory: $($scenarios)*);
        on_backend!(sqlite_file: $($scenarios)*);
        #[cfg(feature = "redis")]
        on_backend!(redis: $($scenarios)*);
        #[cfg(feature = "postgres")]
        on_backend!(pg_pool: $($scenarios)*);
    };
}

macro_rules! on_backend {
    ($backend:ident: $($topic:ident: $($scenario:ident),+ $(,)?;)+) => {
        mod $backend {
            $(mod $topic {$(
                #[tokio::test]
                async fn $scenario() {
                    let backend = crate::backends::$backend().await;
                    crate::$topic::$scenario(backend.db.clone()).await;
                }
            )+})+
        }
    };
}
