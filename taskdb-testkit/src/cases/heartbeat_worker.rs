//! Cases of `heartbeat_worker`.

use super::support::*;

cases!(heartbeat_worker:
    a_worker_is_listed_until_its_time,
    the_last_word_counts,
    no_time_to_live_removes_it,
    claims_do_not_depend_on_it,
    arguments_are_checked,
);

async fn a_worker_is_listed_until_its_time(w: World) {
    let worker = w.db.as_worker("host-1/ä:{x}");
    worker.heartbeat_worker(&json!({"types": ["cpu"], "n": 1.5}), secs(30)).await.unwrap();
    let start = w.clock.now();
    w.clock.advance(secs(29));
    let listed = w.other.list_workers(None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].worker_id, "host-1/ä:{x}");
    assert_eq!(listed[0].about.parse::<Value>().unwrap(), json!({"types": ["cpu"], "n": 1.5}));
    assert_eq!((listed[0].seen_at, listed[0].expires_at), (start, start.after(secs(30))));
    w.clock.advance(secs(1));
    assert_eq!(w.other.list_workers(None, 10).await.unwrap(), []);
}

async fn the_last_word_counts(w: World) {
    for n in 0..3 {
        w.db.heartbeat_worker(&json!(n), secs(10)).await.unwrap();
        w.clock.advance(secs(6));
    }
    let listed = w.db.list_workers(None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].about.parse::<Value>().unwrap(), json!(2));
}

async fn no_time_to_live_removes_it(w: World) {
    w.db.heartbeat_worker(&json!(1), secs(10)).await.unwrap();
    w.other.as_worker("other").heartbeat_worker(&json!(1), secs(10)).await.unwrap();
    w.db.heartbeat_worker(&json!(1), secs(0)).await.unwrap();
    w.db.heartbeat_worker(&json!(1), secs(0)).await.unwrap();
    let listed = w.db.list_workers(None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|worker| worker.worker_id.as_str()).collect::<Vec<_>>(), ["other"]);
}

async fn claims_do_not_depend_on_it(w: World) {
    let (_, _, init) = w.started().await;
    w.db.heartbeat_worker(&json!(1), secs(1)).await.unwrap();
    w.clock.advance(secs(5));
    assert_eq!(w.db.list_workers(None, 10).await.unwrap(), []);
    w.finish(&init).await;
}

async fn arguments_are_checked(w: World) {
    let call = w.db.as_worker("").heartbeat_worker(&json!(1), secs(1)).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "worker_id", .. });
}
