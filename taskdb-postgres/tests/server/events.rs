//! The event log beside transactions that are open, and after those that waited for each other.

use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use taskdb_core::{
    Event, EventFilter, EventKind, EventLevel, EventPolicy, EventsFrom, NewTask, TaskDb,
};
use taskdb_postgres::{Config, PostgresTaskDB, sqlx};
use taskdb_testkit::servers::postgres::{Options, Server};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{PATIENCE, namespace, started};

/// A server of its own, for any transaction on it holds back events, and all that happens told.
async fn begun() -> (Server, PostgresTaskDB, PgPool) {
    let server = Options::fast().start().expect("a private Postgres server starts");
    let config = Config::from_url(&server.url()).expect("a URL");
    let config = config.namespace(namespace().parse().expect("a name"));
    let db = config.max_connections(4).open().await.expect("it opens");
    let policy = EventPolicy { level: EventLevel::All, ..EventPolicy::default() };
    db.set_events(policy).await.expect("a policy");
    let pool = PgPoolOptions::new().max_connections(4).connect(&server.url()).await;
    (server, db, pool.expect("a pool"))
}

/// What the log tells of a job once it tells of so many events.
async fn told(db: &PostgresTaskDB, job: Uuid, count: usize) -> Vec<Event> {
    let filter = EventFilter { job_id: Some(job), ..EventFilter::default() };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = db.list_events(EventsFrom::Start, filter.clone(), 100).await.expect("a page");
        if page.events.len() >= count || Instant::now() > deadline {
            return page.events;
        }
        sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_an_event_has_waited_for_stands_before_it() {
    let (_server, db, pool) = begun().await;
    let (stream, job) = started(&db).await;
    let (_, other) = started(&db).await;
    let mut tx = pool.begin().await.expect("a transaction");
    // The number of this transaction is lower than that of the call which comes next.
    db.within(&mut tx, async |own| own.cancel_job(&other).await).await.expect("a change");
    db.create_tasks(&job, [NewTask::new("a", stream, json!({}))]).await.expect("a task");
    db.within(&mut tx, async |own| own.cancel_task(&job, "a").await).await.expect("a change");
    tx.commit().await.expect("it ends");
    let events = told(&db, job, 7).await;
    let of_a = events.iter().filter(|event| event.task_id.as_deref() == Some("a"));
    let kinds: Vec<_> = of_a.map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Created, EventKind::Ready, EventKind::Cancelled]);
}

#[tokio::test]
async fn an_open_transaction_holds_back_what_comes_after_it() {
    let (_server, db, pool) = begun().await;
    let (stream, before) = started(&db).await;
    assert_eq!(told(&db, before, 3).await.len(), 3);
    let end = db.list_events(EventsFrom::End, EventFilter::default(), 9).await.expect("a page");
    let mut tx = pool.begin().await.expect("a transaction");
    let create = async |own: TaskDb| own.create_job(&stream, &json!({}), 3, 60, "alice").await;
    let early = db.within(&mut tx, create).await.expect("a job");
    let (_, late) = started(&db).await;
    let from = EventsFrom::After(end.next);
    let page = db.list_events(from, EventFilter::default(), 9).await.expect("a page");
    assert!(page.events.is_empty() && !page.more, "{page:?}");
    tx.commit().await.expect("it ends");
    assert_eq!(told(&db, late, 3).await.len(), 3);
    let from = EventsFrom::After(page.next);
    let page = db.list_events(from, EventFilter::default(), 9).await.expect("a page");
    let jobs: Vec<_> = page.events.iter().map(|event| event.job_id).collect();
    assert_eq!(jobs, [early, early, early, late, late, late]);
}
