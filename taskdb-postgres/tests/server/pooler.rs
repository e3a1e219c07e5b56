//! Calls through PgBouncer in transaction mode: any two transactions may be on different
//! connections, and nothing of a session lasts.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};
use taskdb_core::{NewTask, TaskDb};
use taskdb_postgres::{Config, sqlx};
use taskdb_testkit::servers::pgbouncer::PgBouncer;
use taskdb_testkit::servers::postgres;

use crate::{PATIENCE, assert_sound, namespace, started};

/// Connections of the pooler to the server, fewer than there are callers.
const POOL: u32 = 3;
/// Tasks to be claimed, and callers of each handle.
const TASKS: usize = 200;
const WORKERS: usize = 6;

fn pooler() -> PgBouncer {
    let server = postgres::shared().expect("a private Postgres server starts");
    PgBouncer::start(server, POOL).expect("a private PgBouncer starts")
}

/// Opens a namespace through the pooler; what goes wrong between the two is not mended by
/// sending it again.
async fn open(pooler: &PgBouncer, namespace: &str) -> TaskDb {
    let config = Config::from_url(&pooler.url()).expect("a URL");
    let config = config.namespace(namespace.parse().expect("a name")).max_connections(4);
    let once = config.retry(1, Duration::ZERO, Duration::ZERO);
    once.connect().await.expect("it opens")
}

/// Claims one by one, asks and finishes, until nothing is ready.
async fn work(db: TaskDb) -> Vec<String> {
    let mut done = Vec::new();
    while let Some(task) = db.request_work("cpu").await.expect("work") {
        db.get_job(&task.job_id).await.expect("a job");
        assert!(db.complete(&task.claim, &json!(task.task_id)).await.expect("an answer"));
        done.push(task.task_id);
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_handles_share_few_connections() {
    let (pooler, name) = (pooler(), namespace());
    let handles = [open(&pooler, &name).await, open(&pooler, &name).await];
    let (stream, job) = started(&handles[0]).await;
    let tasks = (0..TASKS).map(|n| NewTask::new(format!("task-{n}"), stream, json!({})));
    handles[0].create_tasks(&job, tasks).await.expect("tasks");
    let workers: Vec<_> =
        (0..2 * WORKERS).map(|n| tokio::spawn(work(handles[n % handles.len()].clone()))).collect();
    let mut done = Vec::new();
    for worker in workers {
        done.extend(worker.await.expect("a worker ends"));
    }
    assert_eq!(done.len(), TASKS + 1);
    assert_eq!(done.iter().collect::<HashSet<_>>().len(), TASKS + 1);
    assert_sound(&handles[1]).await;
    assert_clean(&pooler).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_worker_asks_until_there_is_work() {
    let (pooler, name) = (pooler(), namespace());
    let (worker, other) = (open(&pooler, &name).await, open(&pooler, &name).await);
    let stream = other.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    // So that the wait has begun: a first one ends without work.
    let nothing = worker.request_work_wait("cpu", 0).await.expect("an answer");
    assert!(nothing.is_none());
    let waiting = tokio::spawn(async move { worker.request_work_wait("cpu", 30).await });
    tokio::task::yield_now().await;
    other.create_job(&stream, &json!({}), 0, 60, "alice").await.expect("a job");
    let found = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    let found = found.expect("in time").expect("it ends").expect("an answer");
    assert_eq!(found.expect("work").task_id, "init");
    assert_clean(&pooler).await;
}

/// Asserts that no connection to the server has a named statement or listens: as many
/// transactions as there are connections hold all of them.
async fn assert_clean(pooler: &PgBouncer) {
    let url = pooler.url().replace("?statement_cache=off", "");
    let options = url.parse::<sqlx::postgres::PgConnectOptions>().expect("a URL");
    let options = options.extra_float_digits(None);
    let mut held: Vec<PgConnection> = Vec::new();
    let mut pids = HashSet::new();
    for _ in 0..POOL {
        let connecting = PgConnection::connect_with(&options);
        let connected = tokio::time::timeout(PATIENCE, connecting).await.expect("in time");
        let mut conn = connected.expect("a connection");
        conn.execute("BEGIN").await.expect("a transaction");
        let row = conn
            .fetch_one(sqlx::raw_sql(
                "SELECT pg_backend_pid()::text,
                    (SELECT count(*) FROM pg_prepared_statements)::text,
                    (SELECT count(*) FROM pg_listening_channels())::text",
            ))
            .await
            .expect("a row");
        assert_eq!((row.get::<&str, _>(1), row.get::<&str, _>(2)), ("0", "0"));
        pids.insert(row.get::<String, _>(0));
        held.push(conn);
    }
    assert_eq!(pids.len(), held.len());
}
