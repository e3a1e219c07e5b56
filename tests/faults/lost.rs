//! Every verb loses its requests and its answers, one at a time: the server has not heard of
//! the call, or has executed it and nobody knows. And one at a time they arrive twice. The
//! caller is told the truth, the call has happened as a whole or not at all, and made again it
//! happens once; whoever calls next is not told what was meant for somebody else. A quick run
//! loses the first three of each and doubles the first; with more than three seeds every one
//! is struck.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb::{Clock, ManualClock, Result, TaskDb, TaskDbErr};
use taskdb_core::VERBS;
use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::{postgres, redis};

use crate::scene::Scene;
use crate::storm::seeds;
use crate::verbs::{CALLS, Caller};

/// So few seeds are a quick run.
const QUICK: usize = 3;
/// More than any call has requests or answers.
const MANY: usize = 40;
const PAUSE: Duration = Duration::from_millis(1);
/// How long a call may be under way that nobody waits for any more.
const PATIENCE: Duration = Duration::from_secs(5);

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
    let scene = Scene { db, clock, setting: Cell::new(0) };
    let stage = Stage { scene, struck, proxy, thorough: seeds().count() > QUICK };
    for (verb, call) in CALLS {
        let struck = stage.lose(verb, *call).await;
        assert!(
            !struck.contains(&0),
            "{verb} has met {struck:?} of {:?}",
            KINDS.map(|kind| kind.name)
        );
    }
}

/// A fault of a request or an answer.
struct Kind {
    name: &'static str,
    /// How many of a call are struck in a quick run.
    few: usize,
    /// Strikes one after so many others.
    strike: fn(&Proxy, usize),
}

const KINDS: [Kind; 4] = [
    Kind { name: "lost request", few: 3, strike: Proxy::lose_after },
    Kind { name: "lost answer", few: 3, strike: Proxy::swallow_after },
    Kind { name: "doubled request", few: 1, strike: Proxy::double_request_after },
    Kind { name: "doubled answer", few: 1, strike: Proxy::double_answer_after },
];

/// A world, and a handle on it through a proxy.
struct Stage {
    scene: Scene,
    struck: TaskDb,
    proxy: Proxy,
    /// Whether every request and every answer of a call is struck, not only the first ones.
    thorough: bool,
}

/// What is right for a call.
struct Truth {
    before: String,
    after: String,
    answer: String,
}

impl Stage {
    /// How many of its requests and answers a call has met each kind of fault with.
    async fn lose(&self, verb: &str, call: Caller) -> [usize; KINDS.len()] {
        self.scene.set().await;
        let before = self.scene.look().await;
        let answer = self.make(&self.scene.db, call).await.expect(verb);
        let truth = Truth { before, after: self.scene.look().await, answer };
        let mut struck = [0; KINDS.len()];
        for (kind, struck) in KINDS.iter().zip(&mut struck) {
            let most = if self.thorough { MANY } else { kind.few };
            while *struck < most && self.lose_one(verb, call, kind, *struck, &truth).await {
                *struck += 1;
                assert!(*struck < MANY, "{verb} never ends");
            }
        }
        struck
    }

    /// Strikes one request or answer after so many others; `false` when there is none.
    async fn lose_one(
        &self,
        verb: &str,
        call: Caller,
        kind: &Kind,
        others: usize,
        truth: &Truth,
    ) -> bool {
        if truth.before != truth.after {
            self.scene.set().await;
        }
        // The connection of before is gone, and the next is not what is looked at here.
        self.ask_about_nobody(verb).await;
        (kind.strike)(&self.proxy, others);
        let answer = self.make(&self.struck, call).await;
        let struck = self.proxy.disarm();
        let place = format!("{verb}, {} {others}: {answer:?}", kind.name);
        self.ask_about_nobody(&place).await;
        self.check(&answer, truth, &place).await;
        if answer.is_err() {
            let _ = self.make(&self.scene.db, call).await;
            assert_eq!(self.scene.look().await, truth.after, "again after {place}");
        }
        struck
    }

    /// A question whose answer is unlike any other.
    async fn ask_about_nobody(&self, place: &str) {
        let jobs = self.struck.get_concurrent_jobs("nobody").await.expect("an answer");
        assert_eq!(jobs, 0, "after {place}");
    }

    async fn make(&self, db: &TaskDb, call: Caller) -> Result<String> {
        let ids = self.scene.ids();
        call(db.clone(), ids).await.map(|answer| ids.plain(&answer))
    }

    /// What can be seen when nothing is under way any more. Who is told that a call may have
    /// happened may look before it has, or while it does.
    async fn look_at_rest(&self, truth: &Truth) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.scene.look().await;
            if now == truth.before || now == truth.after || Instant::now() > end {
                return now;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn check(&self, answer: &Result<String>, truth: &Truth, place: &str) {
        let now = self.look_at_rest(truth).await;
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
