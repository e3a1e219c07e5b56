//! Redis: the way to it, its connections and scripts, the server stopped and killed, and a
//! replica that takes over without all that its master had.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use taskdb::{Clock, NewJob, TaskDb, TaskDbErr};
use taskdb_redis::Config;
use taskdb_testkit::history::History;
use taskdb_testkit::rng::Rng;

use crate::clock::Stepping;
use crate::pair::{Held, Pair};
use crate::storm::{self, RESPONSE, World};
use crate::way;

struct Redis {
    pair: Pair,
    /// Whether callers wait until the replica has their changes.
    waits: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_to_what_it_has_told() {
    let pair = Pair::start().await.expect("private Redis servers start");
    storm::run(&mut Redis { pair, waits: false }, "redis").await;
}

/// What the storm takes for granted: a replica that is behind loses what nobody has waited
/// for, and what somebody has waited for it does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_behind_lacks_what_nobody_has_waited_for() {
    let pair = Pair::start().await.expect("private Redis servers start");
    let mut redis = Redis { pair, waits: false };
    let plain = redis.open("behind", None, true).await;
    redis.waits = true;
    let waiting = redis.open("behind", None, true).await;
    let stream = waiting.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let job = async |db: &TaskDb| db.create_job_with(NewJob::new("alice", stream, json!({}))).await;
    let kept = job(&waiting).await.expect("a job");
    redis.pair.hold_back(Held::CutOff).expect("it hears nothing");
    let lost = job(&plain).await.expect("a job");
    let open = job(&waiting).await.expect_err("nobody else has it");
    assert!(matches!(open.root(), TaskDbErr::Unknown(_)), "{open}");
    redis.pair.take_over(Held::CutOff).expect("the replica takes over");
    let there = redis.open("behind", None, false).await;
    there.get_job(&kept).await.expect("it was waited for");
    assert!(there.get_job(&lost).await.is_err_and(|error| error.is_not_found()));
    assert_eq!(there.audit().await.expect("an audit"), []);
}

impl World for Redis {
    const PAUSE: u64 = 120;

    async fn open(&mut self, namespace: &str, clock: Option<Stepping>, struck: bool) -> TaskDb {
        let url = if struck { self.pair.proxy.url() } else { self.pair.master.url() };
        let config = Config::from_url(&url).expect("a URL");
        let config = config.namespace(namespace.parse().expect("a name"));
        let config = config.clock(clock.map(|clock| Arc::new(clock) as Arc<dyn Clock>));
        let config = if struck { config.response_timeout(RESPONSE) } else { config };
        let config = config.wait_replicas(u32::from(struck && self.waits));
        storm::patiently(async || config.clone().connect().await).await
    }

    fn waits(&self) -> bool {
        self.waits
    }

    fn begin(&mut self, rng: &mut Rng) {
        self.waits = rng.percent(50);
    }

    async fn strike(&mut self, rng: &mut Rng, history: &History) {
        match rng.below(way::KINDS + 5) {
            0 => {
                let killed = self.pair.master.cli::<i64>(&["CLIENT", "KILL", "TYPE", "normal"]);
                killed.expect("an answer");
            }
            1 => self.pair.master.cli::<()>(&["SCRIPT", "FLUSH"]).expect("an answer"),
            2 => self.pair.crash().expect("it starts again"),
            3 => {
                self.pair.master.pause().expect("it is stopped");
                tokio::time::sleep(RESPONSE.mul_f64(1.5) * u32::from(rng.percent(30))).await;
                tokio::time::sleep(Duration::from_millis(rng.below(50))).await;
                self.pair.master.resume().expect("it goes on");
            }
            4 => {
                let lost = self.pair.fail_over(rng).await.expect("the replica takes over");
                if !self.waits {
                    history.forgive(lost);
                }
            }
            kind => way::strike(&self.pair.proxy, kind - 5, rng).await,
        }
    }

    async fn heal(&mut self) {
        way::heal(&self.pair.proxy);
    }
}
