//! What a claim reads, in pages: neither many streams, nor many jobs of one, nor what an old
//! snapshot keeps of finished tasks makes it look at more than it hands out.

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use taskdb_core::NewTask;
use taskdb_postgres::sqlx;
use tokio::sync::Mutex;

use crate::{drain, namespace, open, shared, started};

/// Held while pages are counted: an old snapshot of one test would count in the others.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Somebody who claims and takes it back, to see what that reads.
struct Probe {
    conn: PgConnection,
    claim: String,
    /// How many it claims.
    tasks: usize,
}

impl Probe {
    async fn of(namespace: &str, tasks: usize) -> Self {
        let mut conn = PgConnection::connect(&shared()).await.expect("a connection");
        let find = "SELECT oid::regproc::text FROM pg_proc
            WHERE pronamespace = to_regnamespace($1) AND proname LIKE 'request\\_work\\_%'";
        let name = sqlx::query_scalar::<_, String>(find).bind(format!("\"{namespace}\""));
        let name = name.fetch_one(&mut conn).await.expect("the function");
        let claim = format!(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM {name}(
                NULL, 'cpu', true, array_fill('worker'::text, ARRAY[{tasks}]),
                array_fill(NULL::bigint, ARRAY[{tasks}]),
                ARRAY(SELECT gen_random_uuid() FROM generate_series(1, {tasks}))
            )"
        );
        Self { conn, claim, tasks }
    }

    /// Has the planner know what the tables hold.
    async fn analyze(&mut self, namespace: &str) {
        let tables = ["streams", "stream_deltas", "lanes", "jobs", "tasks", "definitions"];
        let tables = tables.map(|table| format!("\"{namespace}\".{table}")).join(", ");
        let analyze = AssertSqlSafe(format!("ANALYZE {tables}"));
        sqlx::raw_sql(analyze).execute(&mut self.conn).await.expect("statistics");
    }

    /// The pages that a claim reads.
    async fn pages(&mut self) -> u64 {
        // The first call of a connection reads the catalog as well.
        self.read().await;
        self.read().await
    }

    async fn read(&mut self) -> u64 {
        let mut tx = self.conn.begin().await.expect("a transaction");
        let text = AssertSqlSafe(self.claim.clone());
        let row: PgRow = sqlx::query(text).fetch_one(&mut *tx).await.expect("a plan");
        let text = row.try_get_raw(0).expect("a column").as_str().expect("text");
        let plan: Value = serde_json::from_str(text).expect("JSON");
        let plan = &plan[0]["Plan"];
        let rows = Some(self.tasks as f64 + 1.0);
        assert_eq!(plan["Actual Rows"].as_f64(), rows, "the tasks and the header: {plan}");
        let pages = |key: &str| plan[key].as_u64().expect("a number");
        let pages = pages("Shared Hit Blocks") + pages("Shared Read Blocks");
        tx.rollback().await.expect("it is taken back");
        pages
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_jobs_of_a_stream_make_no_claim_dearer() {
    let _alone = ALONE.lock().await;
    let name = namespace();
    let db = open(&shared(), &name).await;
    let (stream, _) = started(&db).await;
    let mut probe = Probe::of(&name, 1).await;
    let few = probe.pages().await;
    let none = json!({});
    for _ in 0..10 {
        let jobs = (0..50).map(|_| db.create_job(&stream, &none, 3, 60, "alice"));
        assert!(join_all(jobs).await.iter().all(Result::is_ok));
    }
    // It folds what their creation has left to count.
    db.request_work("cpu").await.expect("work").expect("a task");
    let many = probe.pages().await;
    assert!(many < few + 30, "{few} pages with one job, {many} with five hundred");
}

/// Where every job has had one task, the planner might take a job for as good as a task.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_jobs_make_no_large_one_dearer() {
    let _alone = ALONE.lock().await;
    let name = namespace();
    let db = open(&shared(), &name).await;
    let (stream, job) = started(&db).await;
    let task = |n| NewTask::new(format!("task {n}"), stream, json!({}));
    db.create_tasks(&job, (0..20).map(task)).await.expect("tasks");
    let mut probe = Probe::of(&name, 8).await;
    let few = probe.pages().await;
    let none = json!({});
    for _ in 0..10 {
        let jobs = (0..50).map(|_| db.create_job(&stream, &none, 3, 60, "alice"));
        assert!(join_all(jobs).await.iter().all(Result::is_ok));
    }
    drain(&db).await;
    probe.analyze(&name).await;
    let job = db.create_job(&stream, &none, 3, 60, "alice").await.expect("a job");
    for from in (0..3_000).step_by(1_000) {
        db.create_tasks(&job, (from..from + 1_000).map(task)).await.expect("tasks");
    }
    // It folds what their creation has left to count.
    db.request_work("cpu").await.expect("work").expect("a task");
    let large = probe.pages().await;
    // Indexes are a level higher.
    assert!(large < few + 80, "{few} pages with twenty tasks, {large} with three thousand");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_streams_make_no_claim_dearer() {
    let _alone = ALONE.lock().await;
    let name = namespace();
    let db = open(&shared(), &name).await;
    started(&db).await;
    let mut probe = Probe::of(&name, 1).await;
    let few = probe.pages().await;
    let none = json!({});
    let one = async |n: usize| {
        let user = format!("user-{n}");
        let stream = db.create_stream("cpu", 0, 1.0, &user).await?;
        db.create_job(&stream, &none, 3, 60, &user).await
    };
    for n in (0..600).step_by(50) {
        assert!(join_all((n..n + 50).map(one)).await.iter().all(Result::is_ok));
    }
    // From now on plans are made for as much to count as their creation has left.
    probe.analyze(&name).await;
    // It folds it.
    db.request_work("cpu").await.expect("work").expect("a task");
    let many = probe.pages().await;
    assert!(many < few + 40, "{few} pages with one stream, {many} with six hundred");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_snapshot_makes_claims_step_over_little() {
    let _alone = ALONE.lock().await;
    let name = namespace();
    let db = open(&shared(), &name).await;
    let (stream, job) = started(&db).await;
    let add = async |from: usize, to: usize| {
        let task = |n| NewTask::new(format!("task {n}"), stream, json!({}));
        db.create_tasks(&job, (from..to).map(task)).await.expect("tasks");
    };
    add(0, 100).await;
    let mut snapshot = PgConnection::connect(&shared()).await.expect("a connection");
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class";
    sqlx::raw_sql(begin).execute(&mut snapshot).await.expect("a snapshot");
    let mut probe = Probe::of(&name, 1).await;
    let before = probe.pages().await;
    for n in 1..4 {
        add(n * 1_000, (n + 1) * 1_000).await;
    }
    // So many tasks are claimed and finished that all that is left of them fills many pages.
    let mut left = 3_000;
    while left > 100 {
        let tasks = db.request_work_batch("cpu", 100, None).await.expect("work");
        left -= tasks.len();
        let outputs: Vec<_> = tasks.into_iter().map(|task| (task.claim, json!(null))).collect();
        db.complete_batch(outputs).await.expect("answers");
    }
    let after = probe.pages().await;
    drop(snapshot);
    assert!(after < before + 60, "{before} pages before, {after} after");
    drain(&db).await;
}
