//! What is true of a `PgPool` alone: it is the application's, and so is its end.

use std::time::{Duration, Instant};

use serde_json::json;
use taskdb::sqlx::{self, AssertSqlSafe, Connection, PgConnection, PgPool};
use taskdb::{Handle, TaskDbErr};

use crate::backends::pg_pool;

const USER: &str = "user1";

#[tokio::test]
async fn init_db_makes_a_schema_and_nothing_beside_it() {
    let pool = pg_pool().await.db;
    taskdb::init_db(&pool).await.unwrap();
    taskdb::init_db(&pool).await.unwrap();
    let text = "SELECT DISTINCT schemaname::text FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    let schemas: Vec<String> = sqlx::query_scalar(text).fetch_all(&pool).await.unwrap();
    assert_eq!(schemas, ["taskdb"]);
}

#[tokio::test]
async fn a_pool_and_its_clones_are_one_engine() {
    let pool = pg_pool().await.db;
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { taskdb::request_work_wait(&pool, "cpu", 60).await }
    });
    let stream = taskdb::create_stream(&pool, "cpu", 0, 1.0, USER).await.unwrap();
    let job = taskdb::create_job(&pool, &stream, &json!({}), 0, 60, USER).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().unwrap().job_id, job);
    let (one, other) = (pool.taskdb().await.unwrap(), pool.clone().taskdb().await.unwrap());
    assert!(std::sync::Arc::ptr_eq(one.store(), other.store()));
}

#[tokio::test]
async fn a_closed_pool_says_so_at_once() {
    let pool = pg_pool().await.db;
    let engine = pool.taskdb().await.unwrap();
    pool.close().await;
    let refused = taskdb::request_work(&pool, "cpu").await.unwrap_err();
    assert!(matches!(refused, TaskDbErr::SqlError(sqlx::Error::PoolClosed)), "{refused}");
    let asked = Instant::now();
    let refused = engine.request_work("cpu").await.unwrap_err();
    assert!(refused.to_string().contains("closed"), "{refused}");
    assert!(asked.elapsed() < Duration::from_secs(5), "it was tried for {:?}", asked.elapsed());
}

#[tokio::test]
async fn a_database_can_be_dropped_once_its_pool_is_closed() {
    let pool = pg_pool().await.db;
    let stream = taskdb::create_stream(&pool, "cpu", 0, 1.0, USER).await.unwrap();
    taskdb::create_job(&pool, &stream, &json!({}), 0, 60, USER).await.unwrap();
    taskdb::request_work(&pool, "cpu").await.unwrap().unwrap();
    pool.close().await;
    let options = pool.connect_options();
    let database = options.get_database().unwrap().to_owned();
    let admin = (*options).clone().database("postgres");
    let mut admin = PgConnection::connect_with(&admin).await.unwrap();
    let drop = AssertSqlSafe(format!("DROP DATABASE {database}"));
    sqlx::raw_sql(drop).execute(&mut admin).await.unwrap();
}

#[tokio::test]
async fn a_pool_without_a_server_is_an_error_of_the_connection() {
    let pool = PgPool::connect_lazy("postgres://user:sentinel@127.0.0.1:1/none").unwrap();
    let refused = taskdb::init_db(&pool).await.unwrap_err();
    assert!(matches!(refused, TaskDbErr::SqlError(sqlx::Error::Io(_))), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("sentinel"), "{refused:?}");
}
