//! Failovers under load, found through Sentinel.

use taskdb_testkit::servers::redis::Sentinel;

use super::load::Load;
use super::*;
use crate::conn::Event;

/// Longer than a failover takes.
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_master_is_found_when_one_dies() {
    for script in [&PUT, &APPEND] {
        let mut sentinel = Sentinel::start().unwrap();
        let conn = hasty(&sentinel.url(), LIMIT).await;
        let load = Load::start(&conn, script);
        load.goes_on(200).await;
        sentinel.master.kill();
        load.goes_on(200).await;
        let ledger = load.stop().await;
        // The master may not have told the replica of its last acknowledged changes.
        ledger.is_honest(&conn).await;
        ledger.is_smooth(script.kind);
        let keys: i64 = sentinel.replica.cli(&["DBSIZE"]).unwrap();
        assert!(keys >= 16, "the replica is the master: {keys}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demoted_master_is_left() {
    let sentinel = Sentinel::start().unwrap();
    let conn = hasty(&sentinel.url(), LIMIT).await;
    let mut subscription = conn.subscribe(vec!["wake".into()]);
    assert_eq!(subscription.next().await, Event::Reconnected);
    let load = Load::start(&conn, &PUT);
    load.goes_on(200).await;
    sentinel.fail_over().unwrap();
    // The old master drops its subscribers when it becomes a replica.
    assert_eq!(subscription.next().await, Event::Reconnected);
    load.goes_on(200).await;
    let ledger = load.stop().await;
    ledger.is_honest(&conn).await;
    ledger.is_smooth(Kind::Repeatable);
    sentinel.replica.cli::<i64>(&["PUBLISH", "wake", "1"]).unwrap();
    assert!(matches!(subscription.next().await, Event::Message { .. }));
}

#[tokio::test]
async fn an_unknown_master_is_told() {
    let sentinel = Sentinel::start().unwrap();
    let error = refusal(&sentinel.url().replace("/main", "/other")).await;
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("other"), "{error}");
}

#[tokio::test]
async fn sentinel_may_ask_who_it_is() {
    let sentinel = Sentinel::start().unwrap();
    sentinel.cli::<()>(&["ACL", "SETUSER", "asker", "on", ">hush", "+@all"]).unwrap();
    let plain = config(&sentinel.url());
    Conn::open(&plain.clone().sentinel_login(Some("asker"), "hush")).await.unwrap();
    let error = Conn::open(&plain.sentinel_login(Some("asker"), "wrong")).await.map(drop);
    let error = error.unwrap_err();
    assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");
}
