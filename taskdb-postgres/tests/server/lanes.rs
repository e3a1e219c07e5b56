//! Calls of one process that travel in one statement, and what becomes of the others when
//! one of them goes wrong. What the queue itself does is tested beside it.

use futures::future::join_all;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use taskdb_core::{Claim, JobState, NewTask, Result, TaskDb, TaskDbErr};
use taskdb_postgres::sqlx;
use uuid::Uuid;

use crate::{PATIENCE, assert_sound, namespace, open, shared, started};

/// A job of which a transaction outside holds the row, so that results have to wait.
struct Held {
    name: String,
    db: TaskDb,
    job: Uuid,
    stream: Uuid,
    claims: Vec<Claim>,
    lock: PgConnection,
}

impl Held {
    /// As many running tasks as are asked for, and the lock.
    async fn new(tasks: usize) -> Self {
        let name = namespace();
        let db = open(&shared(), &name).await;
        let (stream, job) = started(&db).await;
        let more = (1..tasks).map(|n| NewTask::new(format!("task {n}"), stream, json!({})));
        db.create_tasks(&job, more).await.expect("tasks");
        let found = db.request_work_batch("cpu", tasks, None).await.expect("work");
        let claims = found.into_iter().map(|task| task.claim).collect();
        let mut lock = PgConnection::connect(&shared()).await.expect("a connection");
        run(&mut lock, format!("BEGIN; SELECT 1 FROM \"{name}\".jobs FOR UPDATE")).await;
        Self { name, db, job, stream, claims, lock }
    }

    /// Hands in a result from a task of its own.
    fn done(&self, claim: &Claim) -> tokio::task::JoinHandle<Result<bool>> {
        let (db, claim) = (self.db.clone(), claim.clone());
        tokio::spawn(async move { db.complete(&claim, &json!("done")).await })
    }

    /// Waits until a statement of this namespace waits for the lock; its process.
    async fn waiting(&mut self) -> i32 {
        let text = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'
            AND query LIKE $1 AND pid <> pg_backend_pid()";
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let found = sqlx::query_scalar(text)
                .bind(format!("%\"{}\".update_task_done%", self.name))
                .fetch_optional(&mut self.lock);
            // A transaction sees the activity of its first look, unless it forgets it.
            if let Some(pid) = found.await.expect("an activity") {
                return pid;
            }
            run(&mut self.lock, "SELECT pg_stat_clear_snapshot()".to_owned()).await;
            assert!(tokio::time::Instant::now() < end, "no result waits for the lock");
            tokio::task::yield_now().await;
        }
    }

    async fn let_go(&mut self) {
        run(&mut self.lock, "COMMIT".to_owned()).await;
    }

    async fn assert_done(&self) {
        let state = self.db.get_job_state(&self.job, "alice").await.expect("a state");
        assert_eq!(state, JobState::Done);
        assert_sound(&self.db).await;
    }
}

async fn run(conn: &mut PgConnection, text: String) {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(conn).await.expect("a statement");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_whose_connection_dies_is_sent_again() {
    let mut held = Held::new(8).await;
    let calls: Vec<_> = held.claims.iter().map(|claim| held.done(claim)).collect();
    let pid = held.waiting().await;
    let ended = sqlx::query_scalar("SELECT pg_terminate_backend($1)").bind(pid);
    let ended: bool = ended.fetch_one(&mut held.lock).await.expect("a signal");
    assert!(ended, "the statement was there to be ended");
    held.let_go().await;
    for answer in join_all(calls).await {
        assert!(answer.expect("no panic").expect("an answer"));
    }
    held.assert_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_take_nothing_with_them() {
    let mut held = Held::new(6).await;
    let mut calls: Vec<_> = held.claims.iter().map(|claim| held.done(claim)).collect();
    held.waiting().await;
    for call in calls.drain(..3) {
        call.abort();
    }
    held.let_go().await;
    for answer in join_all(calls).await {
        assert!(answer.expect("no panic").expect("an answer"));
    }
    // Those that were on their way when their callers went have arrived; the same
    // result counts once.
    for claim in &held.claims[..3] {
        assert!(held.done(claim).await.expect("no panic").expect("an answer"));
    }
    held.assert_done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_within_a_group_harms_no_other() {
    let mut held = Held::new(7).await;
    let first = held.done(&held.claims[0]);
    held.waiting().await;
    // These gather while the first waits, and travel together then.
    let lost = Claim { id: Uuid::new_v4(), ..held.claims[1].clone() };
    let lost = held.done(&lost);
    let nowhere = NewTask::new("child", Uuid::new_v4(), json!({}));
    let (db, claim) = (held.db.clone(), held.claims[2].clone());
    let refused =
        tokio::spawn(async move { db.complete_with_children(&claim, &json!(1), [nowhere]).await });
    let good: Vec<_> = held.claims[3..].iter().map(|claim| held.done(claim)).collect();
    held.let_go().await;
    for answer in join_all(good).await {
        assert!(answer.expect("no panic").expect("an answer"));
    }
    assert!(first.await.expect("no panic").expect("an answer"));
    let lost = lost.await.expect("no panic").expect_err("not its claim");
    assert!(matches!(lost, TaskDbErr::ClaimLost { .. }), "{lost}");
    let refused = refused.await.expect("no panic").expect_err("no such stream");
    assert!(refused.is_not_found(), "{refused}");
    for claim in &held.claims[1..3] {
        assert!(held.done(claim).await.expect("no panic").expect("an answer"));
    }
    assert!(held.db.stream_info(&held.stream).await.expect("a stream").running == 0);
    held.assert_done().await;
}
