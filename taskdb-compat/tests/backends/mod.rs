//! The backends that the tests run on, each with the kind of handle that applications
//! would use on it. A further one is a function here and a line in `on_every_backend`.

use std::path::PathBuf;
#[cfg(feature = "redis")]
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

/// A namespace of its own on a server that all tests of this program share.
#[cfg(feature = "redis")]
pub(crate) async fn redis() -> Backend<taskdb::RedisTaskDB> {
    static NAMESPACES: AtomicU32 = AtomicU32::new(0);
    let server = taskdb_testkit::servers::redis::shared().expect("a Redis server");
    let number = NAMESPACES.fetch_add(1, Ordering::Relaxed);
    let namespace = format!("compat-{}-{number}", std::process::id());
    let url = format!("{}?namespace={namespace}", server.url());
    let db = taskdb::RedisTaskDB::new(&url).await.expect("a store on Redis");
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
