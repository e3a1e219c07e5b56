//! The column of Postgres: one private server, a schema for each namespace.

use std::sync::{Arc, OnceLock};

use taskdb_core::error::Failure;
use taskdb_core::{ManualClock, Result, TaskDb, TaskDbErr};
use taskdb_postgres::Config;
use taskdb_testkit::servers::postgres::{Options, Server};
use taskdb_testkit::suite::{Backend, Opened, async_trait};

/// One server for all namespaces, each opened twice. It starts when its column does.
#[derive(Default)]
pub(crate) struct Postgres(OnceLock<std::result::Result<Server, String>>);

#[async_trait]
impl Backend for Postgres {
    fn name(&self) -> &str {
        "postgres"
    }

    fn required(&self) -> bool {
        true
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let start = || Options::fast().start().map_err(|error| error.to_string());
        let server = self.0.get_or_init(start).as_ref();
        let server = server.map_err(|why| TaskDbErr::Unavailable(Failure::new(why)))?;
        let clock = ManualClock::default();
        let connect = async || -> Result<TaskDb> {
            let config = Config::from_url(&server.url())?.namespace(namespace.parse()?);
            config.max_connections(4).clock(Some(Arc::new(clock.clone()))).connect().await
        };
        Ok(Opened { db: connect().await?, other: connect().await?, clock: clock.clone() })
    }
}
