//! Roles that may make nothing, and layouts that were made by hand.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use taskdb_core::store::Gate;
use taskdb_core::{EventPolicy, JobState, Namespace, NewTask, TaskDb};
use taskdb_postgres::{Config, grants, layout, sqlx};

use crate::{assert_sound, drain, namespace, open, shared, started};

/// Runs a text as an operator would.
fn psql(text: &str) {
    let mut child = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", &shared()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql starts: install postgresql-client");
    child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A namespace that `psql` has laid out, and a role that may use it.
fn laid_out() -> (Namespace, String) {
    let namespace: Namespace = namespace().parse().expect("a name");
    let role = format!("worker {namespace}");
    psql(&layout(&namespace, 0).expect("a layout"));
    psql(&format!("CREATE ROLE \"{role}\" LOGIN;\n{}", grants(&namespace, &role)));
    (namespace, shared().replace("taskdb@", &format!("{}@", role.replace(' ', "%20"))))
}

/// Every kind of change that calls make.
async fn use_everything(db: &TaskDb) {
    let (stream, job) = started(db).await;
    db.update_stream(&stream, 1, 2.0).await.expect("a stream");
    let names = ["a", "b", "c"].map(|name| NewTask::new(name, stream, json!({})).after(["init"]));
    db.create_tasks(&job, names).await.expect("tasks");
    let init = db.request_work("cpu").await.expect("work").expect("init");
    db.progress(&init.claim, 0.5).await.expect("an answer");
    db.retry(&init.claim, Duration::ZERO).await.expect("an answer");
    let init = db.request_work("cpu").await.expect("work").expect("init");
    db.complete_with_children(&init.claim, &json!(1), [NewTask::new("d", stream, json!({}))])
        .await
        .expect("an answer");
    let task = db.request_work("cpu").await.expect("work").expect("a task");
    db.renew(std::slice::from_ref(&task.claim), None).await.expect("answers");
    db.fail(&task.claim, "broken").await.expect("an answer");
    db.retry_job(&job).await.expect("a replay");
    drain(db).await;
    assert_eq!(db.get_job_state(&job, "alice").await.expect("a state"), JobState::Done);
    let page = db.export(None, 100).await.expect("a page");
    db.import(page.records).await.expect("an import");
    let (_, other) = started(db).await;
    db.cancel_job(&other).await.expect("it is cancelled");
    db.requeue_tasks(10).await.expect("a sweep");
    db.repair().await.expect("a repair");
    db.set_events(EventPolicy::default()).await.expect("a policy");
    for gate in [Gate::NoClaims, Gate::Open] {
        db.set_gate(gate).await.expect("a gate");
    }
    db.delete_job_with_ttl(&job, 60).await.expect("it is deleted");
    db.delete_job(&other).await.expect("it is deleted");
    db.clear_completed_jobs().await.expect("they are deleted");
    db.delete_stream(&stream).await.expect("it is deleted");
    assert_sound(db).await;
}

#[tokio::test]
async fn a_role_that_may_make_nothing_does_everything_in_a_layout_made_by_hand() {
    let (namespace, url) = laid_out();
    let db = open(&url, namespace.as_str()).await;
    use_everything(&db).await;
}

#[tokio::test]
async fn that_role_can_do_no_more() {
    let (namespace, url) = laid_out();
    let other = crate::namespace();
    started(&open(&shared(), &other).await).await;
    let mut conn = PgConnection::connect(&url).await.expect("a connection");
    for text in [
        "CREATE TABLE OWN.more (a integer)",
        "CREATE FUNCTION OWN.more() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA more",
        "DROP TABLE OWN.tasks",
        "ALTER TABLE OWN.tasks ADD COLUMN more integer",
        "TRUNCATE OWN.jobs",
        "UPDATE OWN.meta SET format = 1",
        "DELETE FROM OWN.meta",
        "DELETE FROM OWN.function_sets",
        "SELECT count(*) FROM OTHER.jobs",
        "UPDATE OTHER.jobs SET state = 1",
    ] {
        let own = text.replace("OWN", &format!("\"{namespace}\""));
        let sql = AssertSqlSafe(own.replace("OTHER", &format!("\"{other}\"")));
        let refused = sqlx::raw_sql(sql).execute(&mut conn).await.expect_err(text);
        let code = refused.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{text}: {refused}");
    }
    let elsewhere =
        Config::from_url(&url).expect("a URL").namespace(other.parse().expect("a name"));
    let error = elsewhere.connect().await.expect_err("no right").to_string();
    assert!(error.contains("lacks a right"), "{error}");
}

#[tokio::test]
async fn a_layout_made_by_hand_is_that_which_the_program_makes() {
    let (by_hand, made): (Namespace, String) = (namespace().parse().expect("a name"), namespace());
    psql(&layout(&by_hand, 0).expect("a layout"));
    open(&shared(), &made).await;
    // Running it once more changes nothing.
    psql(&layout(&by_hand, 10).expect("a layout"));
    let text = "SELECT string_agg(line, '\n' ORDER BY line) FROM (
            SELECT concat_ws(' ', c.relname, c.relkind, c.reloptions, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
            FROM pg_class AS c LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = $1::regnamespace
            UNION ALL SELECT concat_ws(' ', proname, pg_get_function_identity_arguments(oid), md5(prosrc), replace(proconfig::text, $2, ''))
            FROM pg_proc WHERE pronamespace = $1::regnamespace
            UNION ALL SELECT concat_ws(' ', conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = $1::regnamespace
            UNION ALL SELECT replace(indexdef, $2, '') FROM pg_indexes WHERE schemaname = $2
        ) AS lines";
    let mut conn = PgConnection::connect(&shared()).await.expect("a connection");
    let mut found = Vec::new();
    for name in [by_hand.as_str(), &made] {
        let query = sqlx::query_scalar(text).bind(format!("\"{name}\"")).bind(name);
        let lines: String = query.fetch_one(&mut conn).await.expect("lines");
        found.push(lines.replace(name, "NS"));
    }
    assert!(found[0].contains("request_work_") && found[0].contains("tasks_ready"));
    assert_eq!(found[0], found[1]);
}
