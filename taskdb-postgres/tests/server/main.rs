//! What only a real server can show: several processes' worth of connections at once,
//! a server that is killed at work, what lies in the catalog.
//!
//! # Layout
//!
//! * [`events`]: the event log beside open transactions.
//! * [`races`]: calls that meet, often.
//! * [`cost`]: how much a claim reads.
//! * [`killed`]: a server that is killed under load.
//! * [`lanes`]: calls that travel together when one goes wrong.
//! * [`order`]: the order in which locks are taken.
//! * [`rules`]: how long tasks wait.
//! * [`rights`]: roles that may make nothing, and layouts that others have made.
//! * [`within`]: calls inside of the caller's transaction.
//! * [`layout`]: tables and functions.
//! * [`pooler`]: calls through PgBouncer.
//! * [`tls`]: who is accepted under which `sslmode`.
//! * [`monitoring`]: the queries for those who watch.
//! * [`work`]: what small pieces of work cost, counted.

mod cost;
mod events;
mod killed;
mod lanes;
mod layout;
mod monitoring;
mod order;
mod pooler;
mod races;
mod rights;
mod rules;
mod tls;
mod within;
mod work;

use std::time::Duration;

use serde_json::json;
use taskdb_core::TaskDb;
use taskdb_postgres::Config;
use taskdb_testkit::servers::postgres;
use uuid::Uuid;

/// The server that tests share which do it no harm.
fn shared() -> String {
    postgres::shared().expect("a private Postgres server starts").url()
}

/// A new namespace of a server.
fn namespace() -> String {
    format!("test-{:08x}", Uuid::new_v4().as_fields().0)
}

/// Opens a namespace, as a process of its own would.
async fn open(url: &str, namespace: &str) -> TaskDb {
    let config =
        Config::from_url(url).expect("a URL").namespace(namespace.parse().expect("a name"));
    config.max_connections(4).connect().await.expect("it opens")
}

/// A job with `init` done, and its stream.
async fn started(db: &TaskDb) -> (Uuid, Uuid) {
    let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let job = db.create_job(&stream, &json!({}), 3, 60, "alice").await.expect("a job");
    (stream, job)
}

/// Asserts that the invariants of the contract hold.
async fn assert_sound(db: &TaskDb) {
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), []);
}

/// Claims and finishes until nothing is ready.
async fn drain(db: &TaskDb) {
    loop {
        let tasks = db.request_work_batch("cpu", 100, None).await.expect("work");
        if tasks.is_empty() {
            return;
        }
        let outputs: Vec<_> = tasks.into_iter().map(|task| (task.claim, json!(null))).collect();
        for answer in db.complete_batch(outputs).await.expect("answers") {
            assert!(answer.expect("an answer"));
        }
    }
}

/// How long something may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);
