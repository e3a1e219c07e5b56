//! Faults of one server in the middle of load.

use taskdb_testkit::servers::redis::Options;

use super::load::Load;
use super::*;

fn durable() -> Server {
    Options { appendonly: true, ..Options::default() }.start().unwrap()
}

/// Strikes twice under load of each kind.
async fn strike(server: &mut Server, fault: impl Fn(&mut Server)) {
    for script in [&PUT, &APPEND] {
        let conn = open(server).await;
        let load = Load::start(&conn, script);
        for _ in 0..2 {
            load.goes_on(200).await;
            fault(server);
        }
        load.goes_on(200).await;
        let ledger = load.stop().await;
        ledger.holds(&conn).await;
        ledger.is_smooth(script.kind);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_is_survived() {
    strike(&mut durable(), |server| server.restart().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_is_survived() {
    let crash = |server: &mut Server| {
        server.kill();
        server.restart().unwrap();
    };
    strike(&mut durable(), crash).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_are_replaced() {
    let kill = |server: &mut Server| {
        server.cli::<i64>(&["CLIENT", "KILL", "TYPE", "normal"]).unwrap();
    };
    strike(&mut durable(), kill).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_is_waited_for() {
    let pause = |server: &mut Server| {
        server.pause().unwrap();
        std::thread::sleep(Duration::from_millis(100));
        server.resume().unwrap();
    };
    strike(&mut durable(), pause).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forgotten_scripts_are_loaded_again_without_a_trace() {
    let server = durable();
    let conn = open(&server).await;
    let load = Load::start(&conn, &APPEND);
    for _ in 0..5 {
        load.goes_on(100).await;
        server.cli::<()>(&["SCRIPT", "FLUSH"]).unwrap();
    }
    load.goes_on(100).await;
    let ledger = load.stop().await;
    ledger.holds(&conn).await;
    ledger.is_smooth(Kind::Repeatable);
}

#[tokio::test]
async fn a_server_that_is_down_has_run_nothing_and_one_that_hangs_may_have() {
    let mut server = durable();
    let conn = hasty(&server.url(), SOON).await;
    run(&conn, &APPEND, "a").await.unwrap();
    run(&conn, &PUT, "b").await.unwrap();
    server.pause().unwrap();
    for script in [&APPEND, &PUT] {
        let error = run(&conn, script, "c").await.unwrap_err();
        assert!(matches!(error, TaskDbErr::Unknown(_)), "{error}");
    }
    let error = run(&conn, &RANGE, "").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    // The third call in a row without an answer: the next one cannot even connect.
    let error = run(&conn, &APPEND, "d").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    server.kill();
    let error = run(&conn, &APPEND, "e").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    server.restart().unwrap();
    run(&conn, &APPEND, "f").await.unwrap();
    let list = values(&conn, "list").await;
    assert!(!list.contains(&"d".to_owned()) && !list.contains(&"e".to_owned()), "{list:?}");
}

#[tokio::test]
async fn an_idle_connection_that_ends_costs_no_call() {
    let server = Server::start().unwrap();
    let conn = open(&server).await;
    run(&conn, &APPEND, "a").await.unwrap();
    server.cli::<i64>(&["CLIENT", "KILL", "TYPE", "normal"]).unwrap();
    let noticed = async {
        while conn.0.link.present().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), noticed).await.unwrap();
    assert_eq!(run(&conn, &APPEND, "b").await.unwrap(), Value::Int(2));
}
