//! Every verb loses each of its requests, and each of its answers, once: the server has not
//! heard of the call, or has executed it and nobody knows. The caller is told the truth, the
//! call has happened as a whole or not at all, and made again it happens once.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use taskdb::{Clock, ManualClock, Result, TaskDb, TaskDbErr};
use taskdb_core::VERBS;
use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::{postgres, redis};

use crate::scene::Scene;
use crate::storm::seeds;
use crate::verbs::{CALLS, Caller};

/// More than any call has requests or answers.
const MANY: usize = 40;
/// How many of each are lost where a few seeds are enough.
const FEW: usize = 3;
const PAUSE: Duration = Duration::from_millis(1);

#[test]
fn every_verb_is_here() {
    let here: BTreeSet<_> = CALLS.iter().map(|(verb, _)| *verb).collect();
    assert_eq!(here, VERBS.iter().copied().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_tells_the_truth_about_lost_calls() {
    let server = redis::Server::start().expect("a private Redis server starts");
    let open = async |url: String, clock: ManualClock| {
        let config = taskdb_redis::Config::from_url(&url).expect("a URL");
        let config = config.clock(Some(Arc::new(clock) as Arc<dyn Clock>));
        config.retry(3, PAUSE, PAUSE).connect().await.expect("it opens")
    };
    lose_each(&server.url(), open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_tells_the_truth_about_lost_calls() {
    let server = postgres::Options::fast().start().expect("a private Postgres server starts");
    let open = async |url: String, clock: ManualClock| {
        let config = taskdb_postgres::Config::from_url(&url).expect("a URL");
        let config = config.clock(Some(Arc::new(clock) as Arc<dyn Clock>)).max_connections(1);
        config.listen(false).retry(3, PAUSE, PAUSE).connect().await.expect("it opens")
    };
    lose_each(&server.url(), open).await;
}

async fn lose_each(url: &str, open: impl AsyncFn(String, ManualClock) -> TaskDb) {
    let clock = ManualClock::default();
    let proxy = Proxy::before(url).await.expect("a proxy starts");
    let db = open(url.to_owned(), clock.clone()).await;
    let struck = open(proxy.url(), clock.clone()).await;
    let most = if seeds().count() > FEW { MANY } else { FEW };
    let stage = Stage { scene: Scene { db, clock, setting: Cell::new(0) }, struck, proxy, most };
    for (verb, call) in CALLS {
        let (requests, answers) = stage.lose(verb, *call).await;
        assert!(requests > 0 && answers > 0, "{verb} has lost {requests} and {answers}");
    }
}

/// A world, and a handle on it through a proxy.
struct Stage {
    scene: Scene,
    struck: TaskDb,
    proxy: Proxy,
    /// How many requests and how many answers of a call are lost at the most.
    most: usize,
}

/// What is right for a call.
struct Truth {
    before: String,
    after: String,
    answer: String,
}

impl Stage {
    /// How many of its requests and how many of its answers a call has lost.
    async fn lose(&self, verb: &str, call: Caller) -> (usize, usize) {
        self.scene.set().await;
        let before = self.scene.look().await;
        let answer = self.make(&self.scene.db, call).await.expect(verb);
        let truth = Truth { before, after: self.scene.look().await, answer };
        let mut lost = [0, 0];
        for (kind, lost) in lost.iter_mut().enumerate() {
            while *lost < self.most && self.lose_one(verb, call, kind, *lost, &truth).await {
                *lost += 1;
                assert!(*lost < MANY, "{verb} never ends");
            }
        }
        (lost[0], lost[1])
    }

    /// Loses one request or answer after so many others; `false` when there is none.
    async fn lose_one(
        &self,
        verb: &str,
        call: Caller,
        kind: usize,
        others: usize,
        truth: &Truth,
    ) -> bool {
        if truth.before != truth.after {
            self.scene.set().await;
        }
        // The connection of before is gone, and the next is not what is looked at here.
        self.struck.get_concurrent_jobs("nobody").await.expect("an answer");
        if kind == 0 {
            self.proxy.lose_after(others);
        } else {
            self.proxy.swallow_after(others);
        }
        let answer = self.make(&self.struck, call).await;
        let struck = self.proxy.disarm();
        let what = ["request", "answer"][kind];
        let place = format!("{verb}, {what} {others}: {answer:?}");
        self.check(&answer, truth, &place).await;
        if answer.is_err() {
            let _ = self.make(&self.scene.db, call).await;
            assert_eq!(self.scene.look().await, truth.after, "again after {place}");
        }
        struck
    }

    async fn make(&self, db: &TaskDb, call: Caller) -> Result<String> {
        let ids = self.scene.ids();
        call(db.clone(), ids).await.map(|answer| ids.plain(&answer))
    }

    async fn check(&self, answer: &Result<String>, truth: &Truth, place: &str) {
        let now = self.scene.look().await;
        match answer.as_ref().map_err(TaskDbErr::root) {
            Ok(answer) => {
                assert_eq!(now, truth.after, "{place}");
                assert_eq!(*answer, truth.answer, "{place}");
            }
            Err(TaskDbErr::Unknown(_)) => {
                assert!(now == truth.before || now == truth.after, "{place}: {now}");
            }
            Err(TaskDbErr::Unavailable(_)) => assert_eq!(now, truth.before, "{place}"),
            Err(error) => panic!("{place}: {error}"),
        }
    }
}
