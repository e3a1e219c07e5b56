//! A server that is killed under load keeps what it has acknowledged, call by call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb_postgres::Config;
use taskdb_testkit::history::{Crew, History, Orders, Outcome, drain};
use taskdb_testkit::rng;
use taskdb_testkit::servers::postgres::Server;

use crate::{PATIENCE, assert_sound};

/// How often the server is killed, unless `TASKDB_KILL_ROUNDS` says otherwise.
const KILLS: u64 = 3;
/// How many workers there are.
const WORKERS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_kill_9() {
    let mut server = Server::start().expect("a private Postgres server starts");
    let config = Config::from_url(&server.url()).expect("a URL");
    let config = config.connect_timeout(Duration::from_secs(2));
    let db = config.response_timeout(Duration::from_secs(4)).connect().await.expect("it opens");
    let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let (seed, history) = (rng::seed(), Arc::new(History::default()));
    let kills = std::env::var("TASKDB_KILL_ROUNDS");
    let kills = kills.map_or(KILLS, |text| text.parse().expect("a number"));
    println!("TASKDB_SEED={seed} TASKDB_KILL_ROUNDS={kills}");
    for kill in 0..kills {
        let orders = Orders { seed: seed.wrapping_add(kill), workers: WORKERS, drops: 0 };
        let crew = Crew::start(&db, stream, &history, orders);
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill();
        // The processes of the connections see the end of their parent within moments.
        let end = Instant::now() + PATIENCE;
        while let Err(error) = server.restart() {
            assert!(Instant::now() < end, "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // Somebody works with the new server before the next kill.
        tokio::time::sleep(Duration::from_millis(200)).await;
        crew.stop().await;
    }
    drain(&db, Instant::now() + PATIENCE).await;
    assert_eq!(history.violations(&db, true).await, Vec::<String>::new());
    assert_sound(&db).await;
    let accepted = history.count(Outcome::Accepted);
    println!("{accepted} accepted, {} left open", history.count(Outcome::Unknown));
    assert!(accepted > 100, "only {accepted} calls were accepted");
}
