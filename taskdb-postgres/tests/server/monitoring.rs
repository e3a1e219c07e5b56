//! The queries for those who watch a namespace: each runs, and its figures are right.

use std::time::Duration;

use serde_json::json;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use taskdb_core::NewTask;
use taskdb_postgres::sqlx;

use crate::{namespace, open, shared, started};

const DEPTH: &str = include_str!("../../monitoring/depth.sql");
const OLDEST_READY: &str = include_str!("../../monitoring/oldest_ready.sql");
const DEAD_ROWS: &str = include_str!("../../monitoring/dead_rows.sql");
const OLDEST_SNAPSHOT: &str = include_str!("../../monitoring/oldest_snapshot.sql");

async fn connect() -> PgConnection {
    PgConnection::connect(&shared()).await.expect("a connection")
}

async fn ask(conn: &mut PgConnection, text: &str, namespace: &str) -> Vec<PgRow> {
    let text = text.replace(" taskdb.", &format!(" \"{namespace}\"."));
    let text = text.replace("'taskdb'", &format!("'\"{namespace}\"'"));
    sqlx::query(AssertSqlSafe(text)).fetch_all(conn).await.expect("rows")
}

#[test]
fn the_docs_show_each_query_as_it_is() {
    let docs = include_str!("../../../docs/postgres.md");
    for text in [DEPTH, OLDEST_READY, DEAD_ROWS, OLDEST_SNAPSHOT] {
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("--")).collect();
        let shown = format!("```sql\n{}\n```", lines.join("\n"));
        assert!(docs.contains(&shown), "docs/postgres.md lacks {shown}");
    }
}

#[tokio::test]
async fn depth_counts_tasks_as_callers_see_them() {
    let (mut conn, name) = (connect().await, namespace());
    let db = open(&shared(), &name).await;
    let (stream, job) = started(&db).await;
    let idle = db.create_stream("gpu", 0, 1.0, "bob").await.expect("a stream");
    let tasks = ["a", "b"].map(|name| NewTask::new(name, stream, json!({})).after(["init"]));
    db.create_tasks(&job, tasks).await.expect("tasks");
    let cancelled = db.create_job(&stream, &json!({}), 0, 60, "alice").await.expect("a job");
    db.cancel_job(&cancelled).await.expect("it is cancelled");
    let failed = db.create_job(&stream, &json!({}), 0, 60, "alice").await.expect("a job");
    db.update_task_failed(&failed, "init", "broken").await.expect("an answer");
    db.request_work("cpu").await.expect("work").expect("init");
    db.create_job(&stream, &json!({}), 0, 60, "alice").await.expect("a job");
    let rows = ask(&mut conn, DEPTH, &name).await;
    let states = ["pending", "ready", "running", "done", "failed", "cancelled"];
    let counts = |row: &PgRow| states.map(|state| row.get::<i64, _>(state));
    assert_eq!(rows[0].get::<uuid::Uuid, _>("stream_id"), stream);
    assert_eq!(counts(&rows[0]), [2, 1, 1, 0, 1, 1]);
    assert_eq!(rows[1].get::<uuid::Uuid, _>("stream_id"), idle);
    assert_eq!(counts(&rows[1]), [0; 6]);
}

#[tokio::test]
async fn oldest_ready_tells_how_long_work_waits() {
    let (mut conn, name) = (connect().await, namespace());
    let db = open(&shared(), &name).await;
    assert!(ask(&mut conn, OLDEST_READY, &name).await.is_empty());
    let (stream, _) = started(&db).await;
    let hour = format!("UPDATE \"{name}\".tasks SET updated_at = updated_at - 3600000000");
    conn.execute(AssertSqlSafe(hour)).await.expect("a change");
    db.create_job(&stream, &json!({}), 0, 60, "alice").await.expect("a job");
    let rows = ask(&mut conn, OLDEST_READY, &name).await;
    assert_eq!(rows.len(), 1);
    let seconds: f64 = rows[0].get("seconds");
    assert!((3_600.0..3_660.0).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn dead_rows_are_a_share_of_all() {
    let (mut conn, name) = (connect().await, namespace());
    open(&shared(), &name).await;
    for text in [
        "INSERT INTO OWN.probes (written_at) SELECT n FROM generate_series(1, 10) AS n",
        "DELETE FROM OWN.probes WHERE written_at > 1",
        "SELECT pg_stat_force_next_flush()",
    ] {
        let text = text.replace("OWN", &format!("\"{name}\""));
        conn.execute(AssertSqlSafe(text)).await.expect("a statement");
    }
    let rows = ask(&mut conn, DEAD_ROWS, &name).await;
    assert!(rows.iter().any(|row| row.get::<String, _>("table") == "tasks"));
    let probes = rows.iter().find(|row| row.get::<String, _>("table") == "probes");
    let probes = probes.expect("the table");
    assert_eq!((probes.get::<i64, _>("live"), probes.get::<i64, _>("dead")), (1, 9));
    assert!((probes.get::<f64, _>("dead_share") - 0.9).abs() < 1e-9);
}

#[tokio::test]
async fn the_oldest_snapshot_is_found() {
    let (mut conn, mut other) = (connect().await, connect().await);
    other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.expect("a transaction");
    let row = other.fetch_one("SELECT pg_backend_pid()::text").await.expect("a row");
    let pid: String = row.get(0);
    // Two transactions that come later.
    for _ in 0..2 {
        conn.execute("SELECT pg_current_xact_id()").await.expect("a transaction");
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
    let rows = ask(&mut conn, OLDEST_SNAPSHOT, "taskdb").await;
    let held = |row: &&PgRow| row.get::<String, _>("name") == pid;
    let row = rows.iter().find(held).expect("who holds it");
    assert_eq!(row.get::<String, _>("by"), "connection");
    assert!(row.get::<i64, _>("transactions") >= 2 && row.get::<f64, _>("seconds") > 0.0);
    let ages: Vec<i64> = rows.iter().map(|row| row.get("transactions")).collect();
    assert!(ages.is_sorted_by(|a, b| a >= b), "{ages:?}");
}
