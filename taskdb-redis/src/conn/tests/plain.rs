//! Servers that are well, and those that say no.

use taskdb_testkit::servers::redis::Options;

use super::*;

#[tokio::test]
async fn a_script_runs_in_one_round_trip_once_it_is_known() {
    let server = Server::start().unwrap();
    let conn = open(&server).await;
    assert_eq!(conn.round_trips(), 1);
    for length in 1..=3 {
        assert_eq!(run(&conn, &APPEND, "x").await.unwrap(), Value::Int(length));
    }
    assert_eq!(conn.round_trips(), 1 + 2 + 3);
}

#[tokio::test]
async fn arguments_are_bytes() {
    let server = Server::start().unwrap();
    let conn = open(&server).await;
    let bytes: Vec<u8> = (0..=255).collect();
    send(&conn, &APPEND, "list", vec![bytes.clone()]).await.unwrap();
    let stored = send(&conn, &RANGE, "list", vec![]).await.unwrap();
    assert_eq!(stored, Value::Array(vec![Value::BulkString(bytes)]));
}

#[tokio::test]
async fn nobody_there_is_told_at_once() {
    let mut server = Server::start().unwrap();
    server.kill();
    let start = std::time::Instant::now();
    let error = refusal(&server.url()).await;
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    assert!(error.to_string().contains(&format!("no connection to {}", server.url())), "{error}");
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_full_server_says_so() {
    let options = Options { maxmemory: Some(("1".into(), "noeviction".into())), ..<_>::default() };
    let server = options.start().unwrap();
    let conn = open(&server).await;
    let error = run(&conn, &APPEND, "x").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::StoreFull(_)), "{error}");
}

#[tokio::test]
async fn a_server_that_may_evict_is_refused_unless_allowed() {
    let options =
        Options { maxmemory: Some(("10mb".into(), "allkeys-lru".into())), ..<_>::default() };
    let server = options.start().unwrap();
    let error = refusal(&server.url()).await.to_string();
    assert!(error.contains("CONFIG SET maxmemory-policy noeviction"), "{error}");
    Conn::open(&config(&server.url()).allow_eviction(true)).await.unwrap();
}

#[tokio::test]
async fn a_server_without_enough_replicas_has_run_nothing() {
    let server = Options::default().set("min-replicas-to-write", 1).start().unwrap();
    let conn = hasty(&server.url(), SOON).await;
    let error = run(&conn, &APPEND, "x").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    assert_eq!(values(&conn, "list").await.len(), 0);
}

#[tokio::test]
async fn a_replica_is_refused_and_a_demoted_master_has_run_nothing() {
    let server = Server::start().unwrap();
    let conn = hasty(&server.url(), SOON).await;
    server.cli::<()>(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    let error = run(&conn, &APPEND, "x").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    let error = refusal(&server.url()).await;
    assert!(error.to_string().contains("redis+sentinel"), "{error}");
    server.cli::<()>(&["REPLICAOF", "NO", "ONE"]).unwrap();
    assert_eq!(run(&conn, &APPEND, "y").await.unwrap(), Value::Int(1));
}

#[tokio::test]
async fn a_busy_server_has_run_nothing() {
    let server = Options::default().set("busy-reply-threshold", 1).start().unwrap();
    let other = hasty(&server.url(), SOON).await;
    let conn = open(&server).await;
    let spinning = tokio::spawn(async move { send(&conn, &SPIN, "list", vec![]).await });
    while server.cli::<()>(&["PING"]).is_ok() {
        tokio::task::yield_now().await;
    }
    let error = run(&other, &APPEND, "x").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    server.cli::<()>(&["SCRIPT", "KILL"]).unwrap();
    assert!(spinning.await.unwrap().is_err());
    assert_eq!(run(&other, &APPEND, "x").await.unwrap(), Value::Int(1));
}

#[tokio::test]
async fn errors_of_scripts_are_told_apart() {
    let server = Server::start().unwrap();
    let conn = open(&server).await;
    let error = run(&conn, &FAIL, "raise").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Corrupt(_)), "{error}");
    let error = run(&conn, &FAIL, "CORRUPT record 7").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Corrupt(_)), "{error}");
    assert!(error.to_string().ends_with("record 7"), "{error}");
    let error = run(&conn, &FAIL, "ODD thing").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Backend(_)), "{error}");
}

#[tokio::test]
async fn what_changes_waits_for_replicas_if_asked_to() {
    let sentinel = taskdb_testkit::servers::redis::Sentinel::start().unwrap();
    let url = sentinel.master.url();
    let conn = Conn::open(&config(&url).wait_replicas(1)).await.unwrap();
    assert_eq!(run(&conn, &APPEND, "x").await.unwrap(), Value::Int(1));
    assert_eq!(conn.round_trips(), 1 + 3);
    let conn = config(&url).wait_replicas(2).response_timeout(SOON);
    let conn = Conn::open(&conn).await.unwrap();
    let error = run(&conn, &APPEND, "y").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unknown(_)), "{error}");
    assert!(error.to_string().contains("1 of 2 replicas"), "{error}");
    assert_eq!(values(&conn, "list").await, ["x", "y"]);
}
