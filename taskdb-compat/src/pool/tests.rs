//! What is remembered of pools, on pools that no server stands behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const SOON: Duration = Duration::from_secs(10);

/// A pool that has not connected yet.
fn pool() -> PgPool {
    PgPool::connect_lazy("postgres://nobody@127.0.0.1:1/none").expect("a URL")
}

/// The engine of a pool, and how often one was opened.
async fn opened(pools: &Arc<Pools>, pool: &PgPool, count: &AtomicUsize) -> TaskDb {
    let open = |_| async {
        count.fetch_add(1, Ordering::SeqCst);
        // The others arrive meanwhile.
        tokio::task::yield_now().await;
        Ok(engine::connect("memory:").await?)
    };
    pools.get(pool, open).await.expect("an engine")
}

fn same(one: &TaskDb, other: &TaskDb) -> bool {
    Arc::ptr_eq(one.store(), other.store())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_has_one_engine_however_many_ask_at_once() {
    let (pools, pool, count) = (Pools::new(IDLE), pool(), Arc::new(AtomicUsize::new(0)));
    let asked = (0..64).map(|_| {
        let (pools, pool, count) = (pools.clone(), pool.clone(), count.clone());
        tokio::spawn(async move { opened(&pools, &pool, &count).await })
    });
    let first = opened(&pools, &pool, &count).await;
    for db in asked.collect::<Vec<_>>() {
        assert!(same(&db.await.expect("an answer"), &first));
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn pools_are_told_apart() {
    let (pools, count) = (Pools::new(IDLE), AtomicUsize::new(0));
    let (one, other) = (pool(), pool());
    let db = opened(&pools, &one, &count).await;
    assert!(!same(&db, &opened(&pools, &other, &count).await));
    assert!(same(&db, &opened(&pools, &one.clone(), &count).await));
}

#[tokio::test]
async fn who_could_not_open_leaves_it_to_the_next() {
    let (pools, pool, count) = (Pools::new(IDLE), pool(), AtomicUsize::new(0));
    let refuse = |_| async { Err(TaskDbErr::InternalErr("not now".into())) };
    pools.get(&pool, refuse).await.expect_err("refused");
    opened(&pools, &pool, &count).await;
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn closing_a_pool_ends_its_engine() {
    let (pools, pool, count) = (Pools::new(IDLE), pool(), AtomicUsize::new(0));
    let db = Arc::downgrade(opened(&pools, &pool, &count).await.store());
    assert!(db.upgrade().is_some());
    pool.close().await;
    let ended = async {
        while db.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, ended).await.expect("it is forgotten");
    assert!(lock(&pools.entries).is_empty());
    let open = |_| async { Ok(engine::connect("memory:").await?) };
    let refused = pools.get(&pool, open).await.expect_err("it is closed");
    assert!(matches!(refused, TaskDbErr::SqlError(SqlxError::PoolClosed)), "{refused}");
}

#[tokio::test]
async fn a_pool_that_nobody_holds_is_let_go() {
    let (pools, pool, count) = (Pools::new(Duration::from_millis(20)), pool(), AtomicUsize::new(0));
    let gone = pool.close_event();
    let db = opened(&pools, &pool, &count).await;
    drop(pool);
    // Whoever still has the engine has the pool as well.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(lock(&pools.entries).len(), 1);
    drop(db);
    tokio::time::timeout(SOON, gone).await.expect("the pool ends");
}

#[tokio::test]
async fn a_pool_that_comes_back_is_opened_anew() {
    let (pools, pool, count) = (Pools::new(Duration::from_millis(20)), pool(), AtomicUsize::new(0));
    let first = Arc::downgrade(opened(&pools, &pool, &count).await.store());
    while first.upgrade().is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    opened(&pools, &pool, &count).await;
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[test]
fn a_runtime_that_ends_takes_its_pools_along() {
    let (pools, count) = (Pools::new(IDLE), AtomicUsize::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async { opened(&pools, &pool(), &count).await });
    assert!(lock(&pools.entries).is_empty());
}
