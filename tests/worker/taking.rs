//! How much a worker takes, and for how long it may keep it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use taskdb::worker::{Context, Handler, Result};
use taskdb::{JobState, NewTask};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::flaky::Switch;
use crate::setup::{Setup, start, until};

/// A handler that ends when it is let through.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    fn open(&self) {
        self.0.add_permits(1_000);
    }
}

impl Handler<Value, ()> for Gate {
    async fn handle(&self, _: Value, _: Context) -> Result<()> {
        self.0.acquire().await?.forget();
        Ok(())
    }
}

/// A job of so many tasks that can all be done at once.
async fn flat(setup: &Setup, tasks: usize) -> Uuid {
    let job = setup.job(json!(0), 0).await;
    let names = (1..tasks).map(|number| NewTask::new(format!("t{number}"), setup.stream, json!(1)));
    setup.db.create_tasks(&job, names).await.unwrap();
    job
}

async fn claims(setup: &Setup) -> Vec<taskdb::ClaimInfo> {
    setup.db.list_claims(None, None, None, 1_000).await.unwrap()
}

#[tokio::test]
async fn one_call_takes_as_many_as_there_are_free_slots() {
    let (setup, switch, gate) = (Setup::new().await, Switch::default(), Gate::default());
    let job = flat(&setup, 30).await;
    let worker = setup.switched(&switch).worker().on("cpu", gate.clone()).concurrency(20);
    let monitor = worker.monitor();
    let running = start(worker);
    until("all slots", async || monitor.status().running == 20).await;
    assert_eq!(switch.calls_of("request_work"), 1);
    // Nor is anything taken that no slot is free for.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((claims(&setup).await.len(), switch.calls_of("request_work")), (20, 1));
    gate.open();
    assert_eq!(setup.ended(&job).await, JobState::Done);
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_lease_is_thirty_seconds_unless_told_otherwise() {
    for lease in [None, Some(Duration::from_secs(7))] {
        let (setup, gate) = (Setup::new().await, Gate::default());
        let job = flat(&setup, 1).await;
        let worker = setup.worker().on("cpu", gate.clone());
        let running = start(lease.into_iter().fold(worker, taskdb::Worker::lease));
        until("a claim", async || !claims(&setup).await.is_empty()).await;
        let claim = claims(&setup).await.remove(0);
        let lasts = claim.deadline.as_micros() - claim.started_at.as_micros();
        assert_eq!(lasts, if lease.is_some() { 7_000_000 } else { 30_000_000 });
        gate.open();
        assert_eq!(setup.ended(&job).await, JobState::Done);
        running.end().await.unwrap();
    }
}

#[tokio::test]
async fn one_call_renews_the_claims_of_all_worker_types() {
    let (setup, switch, gate) = (Setup::new().await, Switch::default(), Gate::default());
    let job = flat(&setup, 3).await;
    let gpu = setup.db.create_stream("gpu", 0, 1.0, "alice").await.unwrap();
    let tasks = (0..3).map(|number| NewTask::new(format!("g{number}"), gpu, json!(1)));
    setup.db.create_tasks(&job, tasks).await.unwrap();
    let worker = setup.switched(&switch).worker().on("cpu", gate.clone()).on("gpu", gate.clone());
    let worker = worker.lease(Duration::from_millis(300));
    let monitor = worker.monitor();
    let running = start(worker);
    until("all tasks", async || monitor.status().running == 6).await;
    let begun = switch.calls_of("renew_claims");
    until("renewals", async || switch.calls_of("renew_claims") >= begun + 5).await;
    gate.open();
    assert_eq!(setup.ended(&job).await, JobState::Done);
    running.end().await.unwrap();
    let (renewed, calls) = (monitor.status().counts.renewed, switch.calls_of("renew_claims"));
    // A call for each worker type would renew three at most.
    assert!(renewed > 3 * calls as u64, "{renewed} renewals by {calls} calls");
}
