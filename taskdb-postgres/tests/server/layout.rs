//! Tables, functions and rights, as the catalog has them.

use std::time::Duration;

use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool, Row};
use taskdb_core::{Backoff, NewTask, Rules, TaskDbErr};
use taskdb_postgres::{Config, PostgresTaskDB, sqlx};

use crate::{assert_sound, drain, namespace, open, shared, started};

/// Of a backoff that nobody waits for.
const DELAY: Duration = Duration::from_secs(5);

async fn pool() -> PgPool {
    PgPoolOptions::new().max_connections(2).connect(&shared()).await.expect("a pool")
}

async fn list(pool: &PgPool, text: &'static str, name: &str) -> Vec<String> {
    let rows = sqlx::query(text).bind(name).fetch_all(pool).await.expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn run(pool: &PgPool, text: String) {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(pool).await.expect("a statement");
}

#[tokio::test]
async fn every_table_is_logged_and_lies_in_the_schema() {
    let (pool, name) = (pool().await, namespace());
    open(&shared(), &name).await;
    let persistence = "SELECT DISTINCT relpersistence::text FROM pg_class
        WHERE relnamespace = $1::regnamespace";
    assert_eq!(list(&pool, persistence, &format!("\"{name}\"")).await, ["p"]);
    let public = "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND $1 <> ''";
    assert!(list(&pool, public, "x").await.is_empty());
}

#[tokio::test]
async fn every_verb_pins_its_search_path() {
    let (pool, name) = (pool().await, namespace());
    open(&shared(), &name).await;
    let text = "SELECT proname::text FROM pg_proc WHERE pronamespace = $1::regnamespace
        AND proname LIKE 'request_work%' AND proconfig::text LIKE '%search_path=%pg_temp%'";
    assert_eq!(list(&pool, text, &format!("\"{name}\"")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_number_may_open_a_namespace_at_once() {
    let (url, name) = (shared(), namespace());
    let opened = (0..8).map(|_| {
        tokio::spawn({
            let (url, name) = (url.clone(), name.clone());
            async move { open(&url, &name).await }
        })
    });
    for db in opened.collect::<Vec<_>>() {
        db.await.expect("it opens").describe().await.expect("a description");
    }
}

#[tokio::test]
async fn a_newer_layout_is_refused() {
    let (pool, name) = (pool().await, namespace());
    open(&shared(), &name).await;
    run(&pool, format!("UPDATE \"{name}\".meta SET format = 99, min_reader = 99")).await;
    let config =
        Config::from_url(&shared()).expect("a URL").namespace(name.parse().expect("a name"));
    let error = config.connect().await.expect_err("too new");
    assert!(matches!(error, TaskDbErr::Format { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_namespace_of_format_5_is_brought_up() {
    let (pool, name) = (pool().await, namespace());
    let (stream, job) = started(&open(&shared(), &name).await).await;
    // As it was before jobs could be kept.
    run(
        &pool,
        format!(
            "SET search_path TO \"{name}\"; DROP TABLE schedules, workers, probes;
         ALTER TABLE jobs DROP COLUMN keep;
         DROP TABLE events;
         ALTER TABLE meta DROP COLUMN mark, DROP COLUMN event_level, DROP COLUMN event_age,
            DROP COLUMN event_count;
         ALTER TABLE lanes DROP COLUMN first;
         ALTER TABLE jobs DROP COLUMN name, DROP COLUMN labels;
         ALTER TABLE tasks DROP COLUMN backoff_first, DROP COLUMN backoff_cap,
            DROP COLUMN backoff_jitter, DROP COLUMN max_losses, DROP COLUMN start_by;
         DO $$ DECLARE f regprocedure; BEGIN
            FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = '\"{name}\"'::regnamespace
            LOOP EXECUTE 'DROP FUNCTION ' || f; END LOOP; END $$;
         DROP TYPE task_spec; DROP TYPE task_rules; DELETE FROM function_sets;
         ALTER TYPE record_in DROP ATTRIBUTE keep, DROP ATTRIBUTE revision, DROP ATTRIBUTE next_at,
            DROP ATTRIBUTE fired_at, DROP ATTRIBUTE job_name, DROP ATTRIBUTE labels,
            DROP ATTRIBUTE backoff_first, DROP ATTRIBUTE backoff_cap,
            DROP ATTRIBUTE backoff_jitter, DROP ATTRIBUTE max_losses, DROP ATTRIBUTE start_by;
         UPDATE meta SET format = 5; RESET search_path"
        ),
    )
    .await;
    let db = open(&shared(), &name).await;
    assert!(!db.get_job(&job).await.expect("a job").keep);
    db.keep_job(&job, true).await.expect("a change");
    assert!(db.get_job(&job).await.expect("a job").keep);
    assert_eq!(db.health().await.expect("it works").store.format, 11);
    let ruled = NewTask::new("ruled", stream, json!({})).retries(1).max_losses(0);
    db.create_task_with(&job, ruled.backoff(Backoff::fixed(DELAY))).await.expect("a task");
    let task = db.get_task(&job, "init").await.expect("a task");
    assert_eq!((task.rules, task.start_by), (Rules::default(), None));
    let job = db.get_job(&job).await.expect("a job");
    assert!(job.name.is_none() && job.labels.is_empty());
    let page = db.export(None, 100).await.expect("a page");
    db.import(page.records).await.expect("an import");
    drain(&db).await;
    assert_sound(&db).await;
}

#[tokio::test]
async fn functions_that_are_missing_are_made_and_old_sets_go() {
    let (pool, name) = (pool().await, namespace());
    open(&shared(), &name).await;
    // Sets of two older releases: the younger one stays for programs that still run.
    for hash in ["aaaaaaaa", "bbbbbbbb"] {
        run(
            &pool,
            format!(
            "CREATE FUNCTION \"{name}\".enter_{hash}() RETURNS integer LANGUAGE sql AS 'SELECT 1';
             INSERT INTO \"{name}\".function_sets (hash) VALUES ('{hash}')"
        ),
        )
        .await;
    }
    run(
        &pool,
        format!(
            "DELETE FROM \"{name}\".function_sets WHERE hash NOT IN ('aaaaaaaa', 'bbbbbbbb');
         DO $$ DECLARE f regprocedure; BEGIN
            FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = '\"{name}\"'::regnamespace
                AND right(proname, 8) NOT IN ('aaaaaaaa', 'bbbbbbbb')
            LOOP EXECUTE 'DROP FUNCTION ' || f; END LOOP; END $$"
        ),
    )
    .await;
    let db = open(&shared(), &name).await;
    started(&db).await;
    drain(&db).await;
    assert_sound(&db).await;
    let text = "SELECT right(proname, 8) FROM pg_proc WHERE pronamespace = $1::regnamespace
        AND proname LIKE 'enter%' ORDER BY proname";
    let kept = list(&pool, text, &format!("\"{name}\"")).await;
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.contains(&"bbbbbbbb".to_owned()), "{kept:?}");
}

#[tokio::test]
async fn a_pool_that_is_there_is_enough() {
    let db = PostgresTaskDB::from_pool(pool().await).await.expect("it opens");
    started(&db).await;
    assert!(db.request_work("cpu").await.expect("work").is_some());
}

#[tokio::test]
async fn a_refused_login_does_not_repeat_the_password() {
    let url = shared().replace("taskdb@", "nobody:sentinel@");
    let config = Config::from_url(&url).expect("a URL");
    assert!(!format!("{config:?}").contains("sentinel"));
    let error = config.connect().await.expect_err("no such role");
    assert!(!format!("{error} {error:?}").contains("sentinel"), "{error:?}");
}

#[tokio::test]
async fn nobody_at_the_port_is_unavailable() {
    let config = Config::from_url("postgres://u:sentinel@127.0.0.1:1/x").expect("a URL");
    let error = config.connect().await.expect_err("nobody there");
    assert!(matches!(error, TaskDbErr::Unavailable(_)), "{error:?}");
}
