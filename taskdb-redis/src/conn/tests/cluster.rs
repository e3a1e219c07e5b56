//! A cluster whose slots and masters move under load.

use taskdb_testkit::servers::redis::Cluster;

use super::load::Load;
use super::*;
use crate::conn::{Event, slot};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_used_and_survives() {
    let cluster = Cluster::start(3, true).unwrap();
    everything_is_reached(&cluster).await;
    slots_move(&cluster).await;
    for script in [&PUT, &APPEND] {
        forgets_and_drops(&cluster, script).await;
    }
    masters_change(&cluster).await;
    masters_die(cluster).await;
}

async fn everything_is_reached(cluster: &Cluster) {
    let error = refusal(&cluster.masters[0].url()).await.to_string();
    assert!(error.contains("redis+cluster://"), "{error}");
    let conn = hasty(&cluster.url(), LIMIT).await;
    let mut subscription = conn.subscribe(vec!["wake".into()]);
    assert_eq!(subscription.next().await, Event::Reconnected);
    for key in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(send(&conn, &APPEND, key, vec![b"x".to_vec()]).await.unwrap(), Value::Int(1));
        let master = &cluster.masters[cluster.master_of(slot(key))];
        assert_eq!(master.cli::<i64>(&["EXISTS", key]).unwrap(), 1);
        master.cli::<i64>(&["PUBLISH", "wake", key]).unwrap();
        assert!(matches!(subscription.next().await, Event::Message { .. }));
    }
    let waiting = Conn::open(&config(&cluster.url()).wait_replicas(1)).await.unwrap();
    assert_eq!(send(&waiting, &APPEND, "a", vec![b"y".to_vec()]).await.unwrap(), Value::Int(2));
}

async fn slots_move(cluster: &Cluster) {
    let conn = hasty(&cluster.url(), LIMIT).await;
    send(&conn, &RANGE, "moving", vec![]).await.unwrap();
    let moving = slot("moving");
    let home = cluster.master_of(moving);
    for to in [(home + 1) % 3, (home + 2) % 3, home] {
        cluster.give_empty_slot(moving, to).unwrap();
        send(&conn, &RANGE, "moving", vec![]).await.unwrap();
    }
}

async fn forgets_and_drops(cluster: &Cluster, script: &'static Script) {
    let conn = hasty(&cluster.url(), LIMIT).await;
    let load = Load::start(&conn, script);
    for command in [&["SCRIPT", "FLUSH"][..], &["CLIENT", "KILL", "TYPE", "normal"]] {
        load.goes_on(200).await;
        for master in &cluster.masters {
            master.cli::<Value>(command).unwrap();
        }
    }
    load.goes_on(200).await;
    let ledger = load.stop().await;
    ledger.holds(&conn).await;
    ledger.is_smooth(script.kind);
}

/// A failover that an operator asks for loses nothing.
async fn masters_change(cluster: &Cluster) {
    let conn = hasty(&cluster.url(), LIMIT).await;
    let load = Load::start(&conn, &PUT);
    for replica in &cluster.replicas {
        load.goes_on(100).await;
        replica.cli::<()>(&["CLUSTER", "FAILOVER"]).unwrap();
    }
    load.goes_on(400).await;
    let ledger = load.stop().await;
    ledger.holds(&conn).await;
    ledger.is_smooth(Kind::Repeatable);
}

async fn masters_die(mut cluster: Cluster) {
    let conn = hasty(&cluster.url(), LIMIT).await;
    let load = Load::start(&conn, &APPEND);
    load.goes_on(100).await;
    // The replicas of the start are the masters now.
    cluster.replicas[0].kill();
    load.goes_on(1_000).await;
    let ledger = load.stop().await;
    ledger.is_honest(&conn).await;
    ledger.is_smooth(Kind::Once);
    let conn = hasty(&cluster.url(), SOON).await;
    for server in cluster.masters.iter_mut().chain(&mut cluster.replicas) {
        server.kill();
    }
    // The first call may still find a connection to write to.
    let first = run(&conn, &APPEND, "x").await.unwrap_err();
    assert!(matches!(first, TaskDbErr::Unavailable(_) | TaskDbErr::Unknown(_)), "{first}");
    let then = run(&conn, &APPEND, "x").await.unwrap_err();
    assert!(matches!(then, TaskDbErr::Unavailable(_)), "{then}");
}
