//! Answers and connections that are lost on the way.

use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::redis::Cluster;

use super::*;

async fn behind_proxy() -> (Server, Proxy, Conn) {
    let server = Server::start().unwrap();
    let proxy = Proxy::before(&server.url()).await.unwrap();
    let conn = Conn::open(&config(&proxy.url())).await.unwrap();
    (server, proxy, conn)
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_nothing_is_sent_twice() {
    let (_server, proxy, conn) = behind_proxy().await;
    run(&conn, &APPEND, "a").await.unwrap();
    proxy.swallow(1);
    let error = run(&conn, &APPEND, "b").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unknown(_)), "{error}");
    run(&conn, &APPEND, "c").await.unwrap();
    assert_eq!(values(&conn, "list").await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_lost_answer_of_what_may_repeat_is_asked_for_again() {
    let (_server, proxy, conn) = behind_proxy().await;
    run(&conn, &PUT, "a").await.unwrap();
    proxy.swallow(1);
    assert_eq!(run(&conn, &PUT, "b").await.unwrap(), Value::Int(0));
    proxy.swallow(1);
    assert_eq!(values(&conn, "list").await, ["a", "b"]);
    assert_eq!(proxy.connections(), 3);
}

#[tokio::test]
async fn a_connection_lost_while_the_script_is_loaded_costs_no_call() {
    let (_server, proxy, conn) = behind_proxy().await;
    proxy.swallow_after(1);
    assert_eq!(run(&conn, &APPEND, "a").await.unwrap(), Value::Int(1));
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn what_may_have_run_stays_unknown_when_nothing_answers_afterwards() {
    let mut server = Server::start().unwrap();
    let proxy = Proxy::before(&server.url()).await.unwrap();
    let conn = hasty(&proxy.url(), SOON).await;
    run(&conn, &PUT, "a").await.unwrap();
    proxy.swallow(usize::MAX);
    let error = run(&conn, &PUT, "b").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unknown(_)), "{error}");
    let error = run(&conn, &PUT, "c").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "it cannot connect: {error}");
    server.kill();
}

#[tokio::test]
async fn a_connection_gone_without_a_word_is_given_up_after_three_timeouts() {
    let server = Server::start().unwrap();
    let proxy = Proxy::before(&server.url()).await.unwrap();
    let conn = hasty(&proxy.url(), SOON).await;
    run(&conn, &APPEND, "a").await.unwrap();
    proxy.silence();
    for value in ["b", "c", "d"] {
        assert_eq!(proxy.connections(), 1);
        let error = run(&conn, &APPEND, value).await.unwrap_err();
        assert!(matches!(error, TaskDbErr::Unknown(_)), "{error}");
    }
    run(&conn, &APPEND, "e").await.unwrap();
    assert_eq!(proxy.connections(), 2);
    assert_eq!(values(&conn, "list").await, ["a", "e"]);
}

#[tokio::test]
async fn a_master_that_became_a_replica_is_left() {
    let server = Server::start().unwrap();
    let proxy = Proxy::before(&server.url()).await.unwrap();
    let conn = hasty(&proxy.url(), SOON).await;
    run(&conn, &APPEND, "a").await.unwrap();
    server.cli::<()>(&["REPLICAOF", "127.0.0.1", "1"]).unwrap();
    let error = run(&conn, &APPEND, "b").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error}");
    assert!(proxy.connections() > 2, "it looks for the master again");
}

#[tokio::test]
async fn a_cluster_sends_nothing_twice_either() {
    let cluster = Cluster::start(1, false).unwrap();
    let node = &cluster.masters[0];
    let proxy = Proxy::before(&node.url()).await.unwrap();
    let announce = ["CONFIG", "SET", "cluster-announce-port", &proxy.port().to_string()];
    node.cli::<()>(&announce).unwrap();
    let conn = Conn::open(&config(&proxy.url().replace("redis:", "redis+cluster:"))).await.unwrap();
    run(&conn, &APPEND, "a").await.unwrap();
    proxy.swallow(1);
    let error = run(&conn, &APPEND, "b").await.unwrap_err();
    assert!(matches!(error, TaskDbErr::Unknown(_)), "{error}");
    run(&conn, &APPEND, "c").await.unwrap();
    assert_eq!(values(&conn, "list").await, ["a", "b", "c"]);
}
