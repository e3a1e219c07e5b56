//! Postgres: the way to it, its connections ended, the server stopped and killed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use taskdb::{Clock, TaskDb};
use taskdb_postgres::{Config, sqlx};
use taskdb_testkit::history::History;
use taskdb_testkit::rng::Rng;
use taskdb_testkit::servers::postgres::{Options, Server};
use taskdb_testkit::servers::proxy::Proxy;

use crate::clock::Stepping;
use crate::storm::{self, RESPONSE, World};
use crate::way;

/// How long a server may take to see the end of the one before.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ends the connections of everybody else.
const TERMINATE: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

struct Postgres {
    server: Server,
    proxy: Proxy,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_to_what_it_has_told() {
    // A killed server loses nothing that it has written, synced or not.
    let server = Options::fast().start().expect("a private Postgres server starts");
    let proxy = Proxy::before(&server.url()).await.expect("a proxy starts");
    storm::run(&mut Postgres { server, proxy }, "postgres").await;
}

impl World for Postgres {
    /// A new connection knows no function yet, so it takes a while until work goes on.
    const PAUSE: u64 = 300;

    async fn open(&mut self, namespace: &str, clock: Option<Stepping>, struck: bool) -> TaskDb {
        let url = if struck { self.proxy.url() } else { self.server.url() };
        let config = Config::from_url(&url).expect("a URL");
        let config = config.namespace(namespace.parse().expect("a name")).max_connections(4);
        let config = config.clock(clock.map(|clock| Arc::new(clock) as Arc<dyn Clock>));
        let made = storm::patiently(async || config.clone().connect().await).await;
        if !struck {
            return made;
        }
        // It is there now; making it is one call, which takes longer than those of the crew.
        let config = config.response_timeout(RESPONSE);
        storm::patiently(async || config.clone().connect().await).await
    }

    async fn strike(&mut self, rng: &mut Rng, _: &History) {
        match rng.below(way::KINDS * 2 + 5) {
            0 | 1 => {
                let conn = PgConnection::connect(&self.server.url()).await;
                let mut conn = conn.expect("a connection");
                sqlx::query(TERMINATE).execute(&mut conn).await.expect("an answer");
            }
            2 => {
                self.server.kill();
                self.restart().await;
            }
            3 | 4 => {
                self.server.freeze().expect("it is stopped");
                tokio::time::sleep(RESPONSE.mul_f64(1.5) * u32::from(rng.percent(30))).await;
                tokio::time::sleep(Duration::from_millis(rng.below(50))).await;
                self.server.thaw().expect("it goes on");
            }
            kind => way::strike(&self.proxy, (kind - 5) % way::KINDS, rng).await,
        }
    }

    async fn heal(&mut self) {
        way::heal(&self.proxy);
    }
}

impl Postgres {
    /// The processes of the connections see the end of their parent within moments, and
    /// until then there can be no other.
    async fn restart(&mut self) {
        let end = Instant::now() + PATIENCE;
        while let Err(error) = self.server.restart() {
            assert!(Instant::now() < end, "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
