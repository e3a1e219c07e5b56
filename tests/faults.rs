//! Crews at work behind a proxy that loses answers after the server has executed the call,
//! cuts connections, goes silent and is slow. A history of all calls judges what is stored
//! afterwards, together with the audit, and everything must drain in time.
//!
//! `TASKDB_FAULT_SEEDS` (3) says how many seeds are run on each store, `TASKDB_SEED` which
//! is the first; it repeats a run as far as the machine allows.

use std::sync::Arc;
use std::time::Duration;

use taskdb::TaskDb;
use taskdb_testkit::history::{Crew, History, Outcome, drain};
use taskdb_testkit::rng::{self, Rng};
use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::{postgres, redis};

/// How many seeds are run.
const SEEDS: u64 = 3;
/// Faults of a run.
const FAULTS: usize = 20;
/// Workers of a crew.
const WORKERS: u64 = 6;
/// How long a call waits for its answer; silence lasts less, and more.
const RESPONSE: Duration = Duration::from_millis(300);
/// Twice the time after which a task is handed on, and as much again for a busy machine.
const PATIENCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_to_what_it_has_told() {
    let server = postgres::Options::fast().start().expect("a private Postgres server starts");
    let open = async |url: String, namespace: String| {
        let config = taskdb_postgres::Config::from_url(&url).expect("a URL");
        let config = config.namespace(namespace.parse().expect("a name")).max_connections(4);
        config.response_timeout(RESPONSE).connect().await
    };
    run(&server.url(), open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_to_what_it_has_told() {
    let server = redis::Server::start().expect("a private Redis server starts");
    let open = async |url: String, namespace: String| {
        let config = taskdb_redis::Config::from_url(&url).expect("a URL");
        let config = config.namespace(namespace.parse().expect("a name"));
        config.response_timeout(RESPONSE).connect().await
    };
    run(&server.url(), open).await;
}

/// Runs every seed in a namespace of its own.
#[expect(clippy::print_stdout, reason = "a test that fails shows the seed to repeat it with")]
async fn run(url: &str, open: impl AsyncFn(String, String) -> taskdb::Result<TaskDb>) {
    let first = rng::seed();
    let seeds = std::env::var("TASKDB_FAULT_SEEDS");
    let seeds: u64 = seeds.map_or(SEEDS, |text| text.parse().expect("a number"));
    let mut unknown = 0;
    for seed in first..first + seeds {
        println!("TASKDB_SEED={seed} TASKDB_FAULT_SEEDS=1");
        let namespace = format!("faults-{seed}");
        let direct = open(url.to_owned(), namespace.clone()).await.expect("it opens");
        let proxy = Proxy::before(url).await.expect("a proxy starts");
        let db = open(proxy.url(), namespace).await.expect("it opens");
        let history = storm(&db, &proxy, seed).await;
        drain(&direct, PATIENCE).await;
        assert_eq!(history.violations(&direct).await, Vec::<String>::new());
        assert_eq!(direct.audit().await.expect("an audit"), []);
        assert_eq!(direct.check_stuck_pending_tasks().await.expect("a check"), []);
        unknown += history.count(Outcome::Unknown);
        let accepted = history.count(Outcome::Accepted);
        assert!(accepted > FAULTS, "only {accepted} calls were accepted");
    }
    println!("{unknown} calls were left open");
    assert!(unknown > 0, "no fault has hit a call that may not be sent again");
}

/// Lets a crew work through one fault after the other.
async fn storm(db: &TaskDb, proxy: &Proxy, seed: u64) -> Arc<History> {
    let (mut rng, history) = (Rng::new(seed), Arc::new(History::default()));
    let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let crew = Crew::start(db, stream, &history, seed, WORKERS);
    for _ in 0..FAULTS {
        tokio::time::sleep(Duration::from_millis(rng.below(30))).await;
        match rng.below(5) {
            0 => proxy.swallow(1),
            1 => proxy.swallow(usize::try_from(rng.below(4)).unwrap_or_default()),
            2 => proxy.cut(),
            3 => {
                proxy.silence();
                tokio::time::sleep(RESPONSE * u32::try_from(rng.below(3)).unwrap_or_default() / 2)
                    .await;
                proxy.cut();
            }
            _ => proxy.delay(Duration::from_millis(rng.below(6))),
        }
    }
    proxy.swallow(0);
    proxy.delay(Duration::ZERO);
    crew.stop().await;
    history
}
