//! Calls inside of the caller's own transaction.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use taskdb_core::{JobState, NewTask, Result, TaskDb, TaskDbErr};
use taskdb_postgres::{Config, PostgresTaskDB, sqlx};
use uuid::Uuid;

use crate::{PATIENCE, assert_sound, namespace, open, shared};

/// A namespace, a pool of the application on the same database, and a stream.
async fn begun() -> (PostgresTaskDB, PgPool, String, Uuid) {
    let name = namespace();
    let config =
        Config::from_url(&shared()).expect("a URL").namespace(name.parse().expect("a name"));
    let db = config.max_connections(4).open().await.expect("it opens");
    let pool = PgPoolOptions::new().max_connections(4).connect(&shared()).await.expect("a pool");
    let stream = db.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    (db, pool, name, stream)
}

async fn create(db: &TaskDb, stream: &Uuid) -> Result<Uuid> {
    let job = db.create_job(stream, &json!({}), 3, 60, "alice").await?;
    db.create_tasks(&job, [NewTask::new("next", *stream, json!({})).after(["init"])]).await?;
    Ok(job)
}

#[tokio::test]
async fn what_is_rolled_back_never_happened() {
    let (db, pool, name, stream) = begun().await;
    let mut tx = pool.begin().await.expect("a transaction");
    let job = db.within(&mut tx, async |own| create(&own, &stream).await).await.expect("a job");
    let inside = db.within(&mut tx, async |own| own.get_job_state(&job, "alice").await).await;
    assert_eq!(inside.expect("a state"), JobState::Running);
    let outside = db.get_job_state(&job, "alice").await.expect_err("not committed");
    assert!(outside.is_not_found(), "{outside}");
    tx.rollback().await.expect("it ends");
    let gone = db.get_job_state(&job, "alice").await.expect_err("rolled back");
    assert!(gone.is_not_found(), "{gone}");
    assert!(open(&shared(), &name).await.request_work("cpu").await.expect("work").is_none());
    assert_sound(&db).await;
}

#[tokio::test]
async fn what_is_committed_counts_with_the_rows_beside_it() {
    let (db, pool, name, stream) = begun().await;
    let table = AssertSqlSafe(format!("CREATE TABLE \"{name}\".orders (job uuid)"));
    sqlx::raw_sql(table).execute(&pool).await.expect("a table");
    let mut tx = pool.begin().await.expect("a transaction");
    let job = db.within(&mut tx, async |own| create(&own, &stream).await).await.expect("a job");
    let insert = AssertSqlSafe(format!("INSERT INTO \"{name}\".orders VALUES ($1)"));
    sqlx::query(insert).bind(job).execute(&mut *tx).await.expect("a row");
    tx.commit().await.expect("it ends");
    let init = db.request_work("cpu").await.expect("work").expect("init");
    let mut tx = pool.begin().await.expect("a transaction");
    let children = [NewTask::new("child", stream, json!({}))];
    let accepted = db.within(&mut tx, async |own| {
        own.complete_with_children(&init.claim, &json!(1), children).await
    });
    assert!(accepted.await.expect("an answer"));
    tx.commit().await.expect("it ends");
    for _ in 0..2 {
        let task = db.request_work("cpu").await.expect("work").expect("a task");
        assert!(db.complete(&task.claim, &json!(2)).await.expect("an answer"));
    }
    assert_eq!(db.get_job_state(&job, "alice").await.expect("a state"), JobState::Done);
    assert_sound(&db).await;
}

#[tokio::test]
async fn a_result_that_is_rolled_back_can_be_reported_again() {
    let (db, pool, _, stream) = begun().await;
    create(&db, &stream).await.expect("a job");
    let init = db.request_work("cpu").await.expect("work").expect("init");
    for commits in [false, true] {
        let mut tx = pool.begin().await.expect("a transaction");
        let done = db.within(&mut tx, async |own| own.complete(&init.claim, &json!(1)).await);
        assert!(done.await.expect("an answer"), "commits: {commits}");
        if commits {
            tx.commit().await.expect("it ends");
        } else {
            tx.rollback().await.expect("it ends");
            assert_eq!(db.request_work("cpu").await.expect("work"), None);
        }
    }
    assert_eq!(db.request_work("cpu").await.expect("work").expect("next").task_id, "next");
    assert_sound(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_wakes_waiting_workers_here_and_elsewhere() {
    let (db, pool, name, stream) = begun().await;
    let elsewhere = open(&shared(), &name).await;
    for waiter in [db.clone().into_inner(), elsewhere] {
        // By asking once a second, six in a row would hardly be this early.
        for _ in 0..6 {
            let own = waiter.clone();
            let waiting =
                tokio::spawn(async move { own.request_work_wait("cpu", PATIENCE.as_secs()).await });
            let mut tx = pool.begin().await.expect("a transaction");
            db.within(&mut tx, async |own| create(&own, &stream).await).await.expect("a job");
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(!waiting.is_finished());
            let committed = Instant::now();
            tx.commit().await.expect("it ends");
            let task = waiting.await.expect("no panic").expect("work").expect("a task");
            assert!(committed.elapsed() < Duration::from_millis(700), "{:?}", committed.elapsed());
            db.delete_job(&task.job_id).await.expect("a deletion");
        }
    }
}

#[tokio::test]
async fn a_refusal_leaves_the_transaction_as_it_was() {
    let (db, pool, _, stream) = begun().await;
    let mut tx = pool.begin().await.expect("a transaction");
    let job = db.within(&mut tx, async |own| create(&own, &stream).await).await.expect("a job");
    let twice = [NewTask::new("next", stream, json!({"another": 1}))];
    let refused = db.within(&mut tx, async |own| own.create_tasks(&job, twice).await).await;
    assert!(
        matches!(refused, Err(TaskDbErr::Batch { .. } | TaskDbErr::AlreadyExists { .. })),
        "{refused:?}"
    );
    let none = Uuid::new_v4();
    let refused = db.within(&mut tx, async |own| own.cancel_job(&none).await).await;
    assert!(refused.expect_err("no such job").is_not_found());
    let invalid =
        db.within(&mut tx, async |own| own.create_stream("", 0, 1.0, "alice").await).await;
    assert!(matches!(invalid, Err(TaskDbErr::InvalidArgument { .. })), "{invalid:?}");
    tx.commit().await.expect("it ends");
    assert_eq!(db.get_job_state(&job, "alice").await.expect("a state"), JobState::Running);
    assert_sound(&db).await;
}

#[tokio::test]
async fn a_connection_that_cannot_be_used_is_refused_before_anything_happens() {
    let (db, pool, _, stream) = begun().await;
    let mut tx = pool.begin().await.expect("a transaction");
    let set = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
    sqlx::raw_sql(set).execute(&mut *tx).await.expect("a setting");
    let refused = db.within(&mut tx, async |own| create(&own, &stream).await).await;
    let words = refused.expect_err("another isolation").to_string();
    assert!(words.contains("repeatable read"), "{words}");
    tx.rollback().await.expect("it ends");
    let elsewhere = shared().replace("/postgres", "/template1");
    let mut conn =
        <sqlx::PgConnection as sqlx::Connection>::connect(&elsewhere).await.expect("one");
    let refused = db.within(&mut conn, async |own| create(&own, &stream).await).await;
    let words = refused.expect_err("another database").to_string();
    assert!(words.contains("same database"), "{words}");
}

#[tokio::test]
async fn a_handle_that_outlives_its_transaction_says_so() {
    let (db, pool, _, stream) = begun().await;
    let mut tx = pool.begin().await.expect("a transaction");
    let kept = db.within(&mut tx, async |own| Ok(own)).await.expect("the handle");
    let refused = create(&kept, &stream).await.expect_err("it is over");
    assert!(matches!(refused, TaskDbErr::Unavailable(_)), "{refused}");
    assert!(refused.to_string().contains("over"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_within_can_be_spawned_and_made_side_by_side() {
    let (db, pool, _, stream) = begun().await;
    let own = db.clone();
    let task = tokio::spawn(async move {
        let mut tx = pool.begin().await.expect("a transaction");
        let both = own.within(&mut tx, async |jobs: TaskDb| {
            let (one, other) = tokio::join!(create(&jobs, &stream), create(&jobs, &stream));
            Ok([one?, other?])
        });
        let both = both.await.expect("two jobs");
        tx.commit().await.expect("it ends");
        both
    });
    for job in task.await.expect("no panic") {
        assert_eq!(db.get_job_state(&job, "alice").await.expect("a state"), JobState::Running);
    }
    assert_sound(&db).await;
}

#[tokio::test]
async fn creating_tasks_holds_up_no_claims() {
    let (db, pool, _, stream) = begun().await;
    let mut tx = pool.begin().await.expect("a transaction");
    let created = db.within(&mut tx, async |own| {
        let job = own.create_job(&stream, &json!({}), 3, 60, "alice").await?;
        // Outside, one call in fifty would take the lock.
        for n in 0..300 {
            own.create_tasks(&job, [NewTask::new(format!("{n}"), stream, json!({}))]).await?;
        }
        Ok(())
    });
    created.await.expect("tasks");
    let held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()
        AND locktype = 'advisory' AND mode = 'ExclusiveLock'";
    let held: i64 = sqlx::query_scalar(held).fetch_one(&mut *tx).await.expect("locks");
    assert_eq!(held, 0);
    tx.rollback().await.expect("it ends");
}
