//! Cases of `list_workers`.

use super::support::*;

cases!(list_workers:
    pages_follow_the_name,
    nobody_is_listed_at_first,
    other_namespaces_are_not_listed,
    a_limit_of_none_is_refused,
);

async fn pages_follow_the_name(w: World) {
    let names = ["B", "a", "a:1", "a:10", "a:2", "b", "ß"];
    for name in names.into_iter().rev() {
        w.db.as_worker(name).heartbeat_worker(&json!(name), secs(60)).await.unwrap();
    }
    let (mut listed, mut after) = (Vec::<String>::new(), None);
    loop {
        let page = w.other.list_workers(after.as_deref(), 3).await.unwrap();
        assert!(page.len() <= 3);
        let Some(last) = page.last() else { break };
        after = Some(last.worker_id.clone());
        listed.extend(page.into_iter().map(|worker| worker.worker_id));
    }
    assert_eq!(listed, names);
}

async fn nobody_is_listed_at_first(w: World) {
    assert_eq!(w.db.list_workers(None, 1).await.unwrap(), []);
}

async fn other_namespaces_are_not_listed(w: World) {
    w.db.heartbeat_worker(&json!(1), secs(60)).await.unwrap();
    let neighbour = w.neighbour().await;
    assert_eq!(neighbour.db.list_workers(None, 9).await.unwrap(), []);
}

async fn a_limit_of_none_is_refused(w: World) {
    let call = w.db.list_workers(None, 0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
}
