//! Claims that find nothing go straight through; unusual ones do not.

use std::time::Duration;

use serde_json::json;
use taskdb_core::NewTask;
use taskdb_core::store::Gate;
use uuid::Uuid;

use super::{USER, Ways};

#[tokio::test]
async fn where_nothing_is_ready_claims_go_straight_through() {
    let w = Ways::start().await;
    let batch = async |ids: &[Uuid]| {
        let args = w.args().bytes("cpu").bytes("worker").bytes("");
        let args = ids.iter().fold(args, |args, id| args.bytes(*id.as_bytes()));
        w.call(&w.claim, args).await.0
    };
    let fresh = || [Uuid::new_v4(), Uuid::new_v4()];
    let nothing = async || w.claim_as(Uuid::new_v4(), None).await == (true, None);
    assert!(nothing().await && batch(&fresh()).await, "no stream is there");
    let stream = w.db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let job = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let claim = w.claimed().await;
    assert!(nothing().await && batch(&fresh()).await, "all work is taken");
    let (straight, repeated) = w.claim_as(claim.id, None).await;
    assert!(!straight && repeated.as_ref() == Some(&claim), "a request is repeated");
    assert!(!batch(&[Uuid::new_v4(), claim.id]).await, "a request for several is repeated");
    let later = NewTask::new("later", stream, json!(1)).delay(Duration::from_secs(9));
    w.db.create_tasks(&job, [later]).await.unwrap();
    assert!(nothing().await, "a task is delayed");
    w.clock.advance(Duration::from_secs(9));
    let (straight, due) = w.claim_as(Uuid::new_v4(), None).await;
    assert!(!straight && due.is_some(), "it is due");
    assert_eq!(w.db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn unusual_claims_are_left_to_the_general_way() {
    let w = Ways::start().await;
    let stream = w.db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let job = w.db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let later = NewTask::new("later", stream, json!(1)).delay(Duration::from_secs(9));
    w.db.create_tasks(&job, [later, NewTask::new("a", stream, json!(1))]).await.unwrap();

    let claim = w.claimed().await;
    let (straight, repeated) = w.claim_as(claim.id, None).await;
    assert!(!straight && repeated.as_ref() == Some(&claim), "a request is repeated");
    w.clock.advance(Duration::from_secs(9));
    let (straight, due) = w.claim_as(Uuid::new_v4(), None).await;
    assert!(!straight && due.is_some(), "a delayed task is due");
    w.db.set_gate(Gate::NoClaims).await.unwrap();
    let args = w.args().bytes("cpu").bytes("worker").bytes("").bytes(*Uuid::new_v4().as_bytes());
    assert!(!w.call(&w.claim, args).await.0, "the gate is closed");
    w.db.set_gate(Gate::Open).await.unwrap();
    let task = |name: &str| NewTask::new(name, stream, json!(1));
    let urgent = |name: &str| task(name).expires_in(Duration::from_secs(9)).optional();
    w.db.create_tasks(&job, [task("b"), urgent("c"), task("d"), task("e")]).await.unwrap();
    w.db.create_tasks(&job, [urgent("f")]).await.unwrap();
    assert_eq!(w.claimed().await.task_id, "a");
    assert_eq!(w.claimed().await.task_id, "b");
    let (straight, claim) = w.claim_as(Uuid::new_v4(), None).await;
    assert!(!straight && claim.is_some(), "it had to be started by some time");
    assert_eq!(w.claimed().await.task_id, "d");
    w.clock.advance(Duration::from_secs(9));
    let (straight, claim) = w.claim_as(Uuid::new_v4(), None).await;
    assert!(!straight && claim.is_some(), "nobody has started a task in time");
    assert_eq!(w.db.audit().await.unwrap(), []);
}
