//! Cases of `probe`.

use taskdb_core::store::Gate;

use super::support::*;

cases!(probe:
    a_store_that_works_says_so,
    nothing_is_left_behind,
    a_closed_gate_is_told,
);

async fn a_store_that_works_says_so(w: World) {
    let health = w.db.health().await.unwrap();
    assert!(!health.latency.is_zero());
    let mut store = w.db.describe().await.unwrap();
    // Others may write meanwhile.
    assert_eq!(store.size.bytes.is_some(), health.store.size.bytes.is_some());
    store.size = health.store.size;
    assert_eq!(health.store, store);
}

async fn nothing_is_left_behind(w: World) {
    let (_, job, init) = w.started().await;
    for _ in 0..3 {
        w.db.health().await.unwrap();
    }
    w.finish(&init).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
    assert_eq!(w.db.export(None, 100).await.unwrap().records.len(), 3);
}

async fn a_closed_gate_is_told(w: World) {
    w.db.set_gate(Gate::NoClaims).await.unwrap();
    w.db.health().await.unwrap();
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    expect_err!(w.db.health().await, TaskDbErr::Closed { gate: Gate::ReadOnly });
}
