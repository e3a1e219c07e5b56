//! A Postgres server as its operator sees it: schemas that are to go, and what is asked of
//! it beside the engine. Calls of the engine take another way.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use taskdb::TaskDbErr;
use taskdb_testkit::servers::postgres::{Options, Server as Private};
use url::Url;
use uuid::Uuid;

use crate::error::{Error, Result};

const DROP: &str = include_str!("../queries/postgres/drop.sql");
const ENTER: &str = include_str!("../queries/postgres/enter.sql");
const SCHEMAS: &str = include_str!("../queries/postgres/schemas.sql");

/// Parameters of a URL that are for the engine.
const OWN: [&str; 6] = [
    "namespace",
    "max_connections",
    "connect_timeout_ms",
    "response_timeout_ms",
    "statement_cache",
    "listen",
];

/// A database that is there, or one of this program alone. The schemas that it has made go
/// with it.
pub(crate) struct Database {
    url: Url,
    options: PgConnectOptions,
    /// What the names of its schemas begin with; nobody else's do.
    prefix: String,
    made: AtomicU32,
    /// Ends with this value.
    private: Option<Private>,
}

impl Database {
    /// The database of a URL.
    pub(crate) fn given(text: &str) -> Result<Self> {
        let unusable = || TaskDbErr::Config("a URL of Postgres cannot be read".into());
        let mut url = Url::parse(text).map_err(|_| unusable())?;
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.set_query(None);
        for (name, value) in pairs.iter().filter(|(name, _)| !OWN.contains(&&**name)) {
            url.query_pairs_mut().append_pair(name, value);
        }
        let options = PgConnectOptions::from_str(url.as_str()).map_err(|_| unusable())?;
        let id = Uuid::new_v4().simple().to_string();
        let prefix = format!("bench-{}-", &id[..8]);
        Ok(Self { url, options, prefix, made: AtomicU32::new(0), private: None })
    }

    /// Starts a server with the settings of `postgres` itself, which syncs every commit.
    pub(crate) fn start() -> Result<Self> {
        let private = Options::default().set("shared_buffers", "256MB").start()?;
        let mut database = Self::given(&private.url())?;
        database.private = Some(private);
        Ok(database)
    }

    /// The server of this program alone.
    pub(crate) fn private(&self) -> Option<&Private> {
        self.private.as_ref()
    }

    /// A name that no schema has yet.
    pub(crate) fn fresh_name(&self) -> String {
        format!("{}{}", self.prefix, self.made.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) async fn connect(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect_with(&self.options).await?)
    }

    /// Makes a schema and a connection that works in it.
    pub(crate) async fn enter(&self, schema: &str) -> Result<PgConnection> {
        let mut connection = self.connect().await?;
        run(&mut connection, &ENTER.replace("NAME", schema)).await?;
        Ok(connection)
    }

    /// The URL without its password, and the password, for programs that everybody can see
    /// in the list of processes.
    pub(crate) fn address(&self) -> (String, Option<String>) {
        let mut url = self.url.clone();
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
        };
        let password = url.password().map(decoded);
        // A URL without a host, as that of a socket, has no password either.
        let _ = url.set_password(None);
        (url.into(), password)
    }

    /// Removes a schema.
    pub(crate) fn drop_schema(&self, schema: &str) -> Result<()> {
        self.alone(async |connection| run(connection, &DROP.replace("NAME", schema)).await)
    }

    /// Removes whatever is left of the schemas that were made.
    fn drop_all(&self) -> Result<()> {
        self.alone(async |connection| {
            let query = sqlx::query_scalar::<_, String>(SCHEMAS).bind(&self.prefix);
            for schema in query.fetch_all(&mut *connection).await? {
                run(connection, &DROP.replace("NAME", &schema)).await?;
            }
            Ok(())
        })
    }

    /// Works on a connection of its own, from code that cannot await.
    fn alone(&self, work: impl AsyncFnOnce(&mut PgConnection) -> Result<()> + Send) -> Result<()> {
        let own = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = self.connect().await?;
                work(&mut connection).await
            })
        };
        let joined = std::thread::scope(|scope| scope.spawn(own).join());
        joined.map_err(|_| Error::Unsound("removing schemas has failed".into()))?
    }
}

impl Drop for Database {
    /// Nobody is there to be told when the server is not any more.
    fn drop(&mut self) {
        if self.private.is_none() && self.made.load(Ordering::Relaxed) > 0 {
            let _: Result<()> = self.drop_all();
        }
    }
}

/// Runs statements that answer nothing.
pub(crate) async fn run(connection: &mut PgConnection, text: &str) -> Result<()> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned()))).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_programs_see_no_password_and_nothing_of_ours() {
        let url = "postgres://me:se%63ret@host:7/db?namespace=x&sslmode=disable&listen=off";
        let (address, password) = Database::given(url).unwrap().address();
        assert_eq!(address, "postgres://me@host:7/db?sslmode=disable");
        assert_eq!(password.as_deref(), Some("secret"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_schemas_of_its_own_are_removed() {
        let server = Options::fast().start().unwrap();
        let outer = Database::given(&server.url()).unwrap();
        let mut connection = outer.enter("mine").await.unwrap();
        let inner = Database::given(&server.url()).unwrap();
        for _ in 0..2 {
            inner.enter(&inner.fresh_name()).await.unwrap();
        }
        inner.drop_schema(&format!("{}0", inner.prefix)).unwrap();
        let prefix = inner.prefix.clone();
        drop(inner);
        for (prefix, left) in [(&*prefix, 0), ("mine", 1)] {
            let query = sqlx::query_scalar::<_, String>(SCHEMAS).bind(prefix);
            assert_eq!(query.fetch_all(&mut connection).await.unwrap().len(), left, "{prefix}");
        }
    }
}
