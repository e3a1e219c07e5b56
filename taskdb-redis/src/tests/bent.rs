//! Answers of scripts that are bent at random: whatever they are, a call gives a result or an
//! error, and no panic.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use redis::Value;
use serde_json::json;
use taskdb_core::store::Gate;
use taskdb_core::{Claim, EventPolicy, EventsFrom, NewTask, TaskDb};
use taskdb_testkit::fuzz::Bender;
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;
use crate::conn::Bend;

/// How often every call is made.
const ROUNDS: usize = 60;

/// What takes the place of a value.
const ODD: [Value; 6] = [
    Value::Nil,
    Value::Okay,
    Value::Int(-1),
    Value::Int(i64::MAX),
    Value::Double(f64::NAN),
    Value::Array(Vec::new()),
];

fn bent(value: Value, bender: &mut Bender) -> Value {
    match (value, bender.rng().below(6)) {
        (_, 0) => ODD[usize::try_from(bender.rng().below(6)).unwrap()].clone(),
        (Value::Array(mut values), 1..) if !values.is_empty() => {
            let length = u64::try_from(values.len()).unwrap();
            let place = usize::try_from(bender.rng().below(length)).unwrap();
            match bender.rng().below(6) {
                0 => drop(values.remove(place)),
                1 => values.insert(place, values[place].clone()),
                2 => values.truncate(place),
                _ => values[place] = bent(values[place].clone(), bender),
            }
            Value::Array(values)
        }
        (Value::BulkString(bytes), 1..) => Value::BulkString(bender.bend(bytes)),
        (Value::Int(number), 1..) => Value::BulkString(bender.bend(number.to_string().into())),
        (other, _) => other,
    }
}

/// Bends every third answer.
fn bend(bender: &Arc<Mutex<Bender>>) -> Bend {
    let bender = Arc::clone(bender);
    Box::new(move |value| {
        let mut bender = bender.lock().unwrap();
        if bender.rng().one_in(3) { bent(value, &mut bender) } else { value }
    })
}

struct Scene {
    stream: Uuid,
    job: Uuid,
    claim: Claim,
}

/// Makes every call whose answer says more than that it was done; whether reading a task that is
/// there was refused.
async fn calls(db: &TaskDb, Scene { stream, job, claim }: &Scene) -> bool {
    let task = |name: &str| NewTask::new(name, *stream, json!(1));
    let _ = db.get_or_create_stream("cpu", 1, 1.0, "user").await;
    let _ = db.create_job(stream, &json!(1), 3, 60, "user").await;
    let _ = db.create_tasks(job, [task("x"), task("y").after(["x"])]).await;
    let _ = db.request_work("cpu").await;
    let _ = db.request_work_batch("cpu", 3, None).await;
    let _ = (db.progress(claim, 0.1).await, db.release(claim).await);
    let _ = db.renew(std::slice::from_ref(claim), None).await;
    let _ = (db.get_task(job, "a").await, db.get_task_output::<u8>(job, "a").await);
    let _ = db.complete_batch([(claim.clone(), json!(1))]).await;
    let _ = (db.fail(claim, "x").await, db.retry_task(job, "a").await, db.retry_job(job).await);
    let _ = db.complete_with_children(claim, &json!(1), [task("z")]).await;
    let _ = (db.list_tasks(job, None, None, 9).await, db.get_prerequisites(job, "b").await);
    let _ = (db.get_job(job).await, db.list_jobs(<_>::default(), None, 9).await);
    let _ = (db.list_streams(None, 9).await, db.list_claims(None, None, None, 9).await);
    let _ = (db.get_task_state_counts().await, db.check_stuck_pending_tasks().await);
    let _ = (db.export(None, 50).await, db.audit().await, db.repair().await);
    let _ = (db.list_events(EventsFrom::Start, <_>::default(), 9).await, db.stats().await);
    let _ = (db.list_schedules(None, 9).await, db.list_workers(None, 9).await);
    let _ = db.heartbeat_worker(&json!(1), Duration::from_secs(9)).await;
    let _ = (db.requeue_tasks(10).await, db.release_worker("nobody").await);
    let _ = (db.describe().await, db.health().await, db.set_gate(Gate::Open).await);
    let _ = (db.set_events(EventPolicy::default()).await, db.clear_completed_jobs().await);
    let _ = (db.get_concurrent_jobs("user").await, db.get_job_graph(job).await);
    db.get_task(job, "a").await.is_err()
}

#[tokio::test]
async fn a_bent_answer_is_read_or_refused() {
    let server = Server::start().unwrap();
    let (db, conn) = opened(Config::from_url(&server.url()).unwrap()).await;
    let corpus = include_str!("corpus/replies.txt").lines();
    let (bender, mut refused) = (Arc::new(Mutex::new(Bender::new(corpus))), 0);
    for _ in 0..ROUNDS {
        conn.bend(None);
        let stream = db.create_stream("cpu", 1, 1.0, "user").await.unwrap();
        let job = db.create_job(&stream, &json!(1), 3, 60, "user").await.unwrap();
        let task = |name: &str| NewTask::new(name, stream, json!(name)).retries(3);
        let tasks = [task("a"), task("b").after(["a"])];
        db.create_tasks(&job, tasks).await.unwrap();
        let claim = db.request_work("cpu").await.unwrap().expect("init or an older task").claim;
        let scene = Scene { stream, job, claim };
        conn.bend(Some(bend(&bender)));
        let calls = tokio::time::timeout(Duration::from_secs(60), calls(&db, &scene));
        refused += usize::from(calls.await.unwrap());
    }
    assert!(refused > 0, "no bent answer was noticed");
}
