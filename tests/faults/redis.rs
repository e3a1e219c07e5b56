//! Redis: the way to it, its connections and scripts, the server stopped and killed.

use std::sync::Arc;
use std::time::Duration;

use taskdb::{Clock, TaskDb};
use taskdb_redis::Config;
use taskdb_testkit::rng::Rng;
use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::redis::{Options, Server};

use crate::clock::Stepping;
use crate::storm::{self, RESPONSE, World};
use crate::way;

struct Redis {
    server: Server,
    proxy: Proxy,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_to_what_it_has_told() {
    let options = Options { appendonly: true, ..Options::default() };
    let server = options.start().expect("a private Redis server starts");
    let proxy = Proxy::before(&server.url()).await.expect("a proxy starts");
    storm::run(&mut Redis { server, proxy }, "redis").await;
}

impl World for Redis {
    const PAUSE: u64 = 120;

    async fn open(&mut self, namespace: &str, clock: Option<Stepping>, struck: bool) -> TaskDb {
        let url = if struck { self.proxy.url() } else { self.server.url() };
        let config = Config::from_url(&url).expect("a URL");
        let config = config.namespace(namespace.parse().expect("a name"));
        let config = config.clock(clock.map(|clock| Arc::new(clock) as Arc<dyn Clock>));
        let config = if struck { config.response_timeout(RESPONSE) } else { config };
        storm::patiently(async || config.clone().connect().await).await
    }

    async fn strike(&mut self, rng: &mut Rng) {
        match rng.below(way::KINDS + 4) {
            0 => {
                let killed = self.server.cli::<i64>(&["CLIENT", "KILL", "TYPE", "normal"]);
                killed.expect("an answer");
            }
            1 => self.server.cli::<()>(&["SCRIPT", "FLUSH"]).expect("an answer"),
            2 => {
                self.server.kill();
                self.server.restart().expect("it starts again");
            }
            3 => {
                self.server.pause().expect("it is stopped");
                tokio::time::sleep(RESPONSE.mul_f64(1.5) * u32::from(rng.percent(30))).await;
                tokio::time::sleep(Duration::from_millis(rng.below(50))).await;
                self.server.resume().expect("it goes on");
            }
            kind => way::strike(&self.proxy, kind - 4, rng).await,
        }
    }

    async fn heal(&mut self) {
        way::heal(&self.proxy);
    }
}
