//! Databases of the earlier layout, built from the SQL beside this file, as a source of
//! records: what arrives, what is mended, and that nothing is written.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use taskdb_core::record::{JobRecord, Record, StreamRecord, TaskRecord};
use taskdb_core::{JobState, TaskDb, TaskDbErr, TaskState};
use taskdb_postgres::legacy::{Kind, Report, Source};
use taskdb_postgres::{Config, sqlx};
use taskdb_testkit::servers::postgres;
use uuid::Uuid;

const SCHEMA: &str = include_str!("schema.sql");
const BEFORE: &str = include_str!("before.sql");
const SOUND: &str = include_str!("sound.sql");
const ODD: &str = include_str!("odd.sql");

/// A database of its own with some content, and its URL.
async fn database(content: &[&str]) -> String {
    let server = postgres::shared().expect("a private Postgres server starts").url();
    let name = format!("legacy_{}", Uuid::new_v4().simple());
    run(&server, &format!("CREATE DATABASE {name}")).await;
    let url = server.replace("/postgres", &format!("/{name}"));
    for text in content {
        run(&url, text).await;
    }
    url
}

async fn run(url: &str, text: &str) {
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut conn).await.expect("a statement");
}

/// The ids of jobs and streams, by how they end.
fn id(end: &str) -> Uuid {
    format!("00000000-0000-4000-8000-{end:0>12}").parse().expect("an id")
}

/// Everything, in pages of `limit`.
async fn read(url: &str, limit: usize) -> (Vec<Record>, Report) {
    let mut source = Source::open(url).await.expect("it opens");
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let page = source.page(cursor, limit).await.expect("a page");
        assert!(page.records.len() <= limit + 1, "{} of {limit}", page.records.len());
        records.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    (records, source.report().await.expect("a report").clone())
}

fn streams(records: &[Record]) -> Vec<&StreamRecord> {
    let own = records.iter().filter_map(|record| match record {
        Record::Stream(stream) => Some(stream),
        _ => None,
    });
    own.collect()
}

fn tasks(records: &[Record]) -> Vec<&TaskRecord> {
    let own = records.iter().filter_map(|record| match record {
        Record::Task(task) => Some(&**task),
        _ => None,
    });
    own.collect()
}

fn jobs(records: &[Record]) -> Vec<&JobRecord> {
    let own = records.iter().filter_map(|record| match record {
        Record::Job(job) => Some(job),
        _ => None,
    });
    own.collect()
}

/// A fresh namespace that has taken all records, whose names are cut as a copy would.
async fn imported(url: &str, mut records: Vec<Record>) -> TaskDb {
    for record in &mut records {
        match record {
            Record::Stream(stream) => stream.worker_type.retain(|c| !c.is_control()),
            Record::Task(task) => task.task_id.truncate(255),
            _ => {}
        }
    }
    let db = Config::from_url(url).expect("a URL").connect().await.expect("it opens");
    for page in records.chunks(50) {
        db.import(page.to_vec()).await.expect("an import");
    }
    assert_eq!(db.audit().await.expect("an audit"), []);
    db
}

async fn drained(db: &TaskDb, worker_type: &str) -> Vec<String> {
    let mut done = Vec::new();
    while let Some(task) = db.request_work(worker_type).await.expect("work") {
        db.complete(&task.claim, &serde_json::json!("done")).await.expect("an answer");
        done.push(task.task_id);
    }
    done
}

#[tokio::test]
async fn a_sound_database_arrives_as_it_is() {
    let (records, report) = read(&database(&[SCHEMA, SOUND]).await, 1_000).await;
    assert_eq!((report.streams, report.jobs, report.tasks), (3, 3, 7), "{report}");
    assert!(report.found.is_empty(), "{report}");
    let weights: Vec<_> = streams(&records).iter().map(|s| (s.stream_id, s.be_mult)).collect();
    let tenth = f64::from(0.1_f32);
    assert_eq!(weights, [(id("a"), 1.5), (id("b"), tenth), (id("c"), 1.0)]);
    let states = [JobState::Done, JobState::Running, JobState::Failed];
    let expected: Vec<_> = [id("d1"), id("d2"), id("d3")].into_iter().zip(states).collect();
    let jobs = jobs(&records);
    assert_eq!(jobs.iter().map(|job| (job.job_id, job.state)).collect::<Vec<_>>(), expected);
    assert_eq!(jobs[2].error.as_deref(), Some("no space"));
    let init = tasks(&records)[0];
    assert_eq!(init.definition.as_str(), r#"{"a":[1e+300,18446744073709551615],"b":1.5}"#);
    assert_eq!(init.output.as_ref().map(|output| output.as_str()), Some("\"out\""));
    assert_eq!((init.retries, init.max_retries, init.timeout_secs), (1, 3, 300));
    assert_eq!(init.error, None);
    assert_eq!(init.created_at.as_micros(), 1_767_323_045_000_006);
}

#[tokio::test]
async fn tasks_that_run_have_a_claim_that_ends() {
    let url = database(&[SCHEMA, SOUND]).await;
    let (records, _) = read(&url, 1_000).await;
    let runs = tasks(&records).into_iter().find(|task| task.task_id == "runs").expect("it");
    let claim = runs.claim.as_ref().expect("a claim");
    assert_eq!(
        (runs.state, runs.attempt, claim.worker_id.as_str()),
        (TaskState::Running, 3, "legacy")
    );
    assert_eq!(claim.deadline, runs.updated_at.after(std::time::Duration::from_secs(120)));
    let (again, _) = read(&url, 1_000).await;
    assert_eq!(records, again);
}

#[tokio::test]
async fn what_has_arrived_runs_to_its_end() {
    let url = database(&[SCHEMA, SOUND]).await;
    let (records, _) = read(&url, 1_000).await;
    let db = imported(&url, records).await;
    assert_eq!(drained(&db, "prove").await, ["ready"]);
    assert_eq!(db.requeue_tasks(10).await.expect("a sweep"), 1);
    assert_eq!(drained(&db, "prove").await, ["runs"]);
    assert_eq!(drained(&db, "exec").await, ["a join"]);
    let state = db.get_job_state(&id("d2"), "alice").await.expect("a state");
    assert_eq!(state, JobState::Done);
    let output: i32 = db.get_task_output(&id("d2"), "init").await.expect("an output");
    assert_eq!(output, 7);
}

#[tokio::test]
async fn versions_differ_in_the_time_of_jobs() {
    let urls = [database(&[SCHEMA, SOUND]).await, database(&[SCHEMA, SOUND, BEFORE]).await];
    let mut created = Vec::new();
    for url in &urls {
        let (records, report) = read(url, 1_000).await;
        assert_eq!(report.tasks, 7);
        created.push(jobs(&records)[0].created_at.as_micros());
    }
    // The job was created a second before its first task, which only the newer one knows.
    assert_eq!(created, [1_767_323_045_000_000, 1_767_323_045_000_006]);
}

#[tokio::test]
async fn pages_of_any_size_add_up() {
    let url = database(&[SCHEMA, SOUND, ODD]).await;
    let (whole, report) = read(&url, 10_000).await;
    for limit in [1, 2, 3, 7] {
        let (records, found) = read(&url, limit).await;
        assert_eq!(records, whole, "{limit}");
        let counts = |report: &Report| -> Vec<_> {
            report.found.iter().map(|(kind, found)| (*kind, found.count)).collect()
        };
        assert_eq!(counts(&found), counts(&report), "{limit}");
        assert_eq!((found.jobs, found.tasks), (report.jobs, report.tasks));
    }
}

#[tokio::test]
async fn another_process_goes_on_where_one_has_ended() {
    let url = database(&[SCHEMA, SOUND, ODD]).await;
    let (whole, _) = read(&url, 10_000).await;
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let mut source = Source::open(&url).await.expect("it opens");
        let page = source.page(cursor, 4).await.expect("a page");
        records.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(records, whole);
}

#[tokio::test]
async fn a_cursor_of_other_content_is_refused() {
    let url = database(&[SCHEMA, SOUND]).await;
    let mut source = Source::open(&url).await.expect("it opens");
    let streams = source.page(None, 100).await.expect("a page");
    let page = source.page(streams.next, 2).await.expect("a page");
    run(&url, "DELETE FROM jobs WHERE state = 'done'").await;
    // This source still sees the moment at which it was opened.
    source.page(page.next.clone(), 2).await.expect("a page");
    let mut source = Source::open(&url).await.expect("it opens");
    let refused = source.page(page.next, 2).await.expect_err("another content");
    assert!(refused.to_string().contains("begin anew"), "{refused}");
}

#[tokio::test]
async fn what_is_wrong_is_mended_or_kept_and_told() {
    let url = database(&[SCHEMA, ODD]).await;
    let (records, report) = read(&url, 1_000).await;
    let expected = [
        (Kind::RepeatedPrerequisite, 1),
        (Kind::OwnPrerequisite, 1),
        (Kind::Cycle, 1),
        (Kind::MissingPrerequisite, 1),
        (Kind::MalformedPrerequisites, 2),
        (Kind::PendingInVain, 3),
        (Kind::ReadyTooEarly, 1),
        (Kind::WrongCount, 6),
        (Kind::JobRunsInVain, 1),
        (Kind::JobDoneTooEarly, 1),
        (Kind::JobOutlivesFailure, 2),
        (Kind::JobWithoutTasks, 3),
        (Kind::FailureWithoutTask, 1),
        (Kind::FailureOutlived, 1),
        (Kind::Weight, 3),
        (Kind::Number, 4),
        (Kind::Time, 8),
        (Kind::LongError, 4),
        (Kind::NoOutput, 1),
        (Kind::EarlyOutput, 1),
        (Kind::RepeatedEdge, 1),
        (Kind::SameOwner, 1),
        (Kind::LongName, 1),
        (Kind::BadName, 1),
        (Kind::UnreadableJson, 1),
        (Kind::FutureTime, 1),
        (Kind::UnnamedEdge, 1),
    ];
    for (kind, count) in expected {
        assert_eq!(report.count(kind), count, "{kind:?} in\n{report}");
    }
    let told = report.to_string();
    assert!(told.contains("task `twice` of job 00000000-0000-4000-8000-0000000000e1"), "{told}");
    let db = imported(&url, records).await;
    for (job, state) in [
        ("e1", JobState::Running),
        ("e4", JobState::Done),
        ("e5", JobState::Running),
        ("e6", JobState::Failed),
        ("e7", JobState::Done),
        ("e8", JobState::Failed),
        ("eb", JobState::Done),
        ("ed", JobState::Failed),
    ] {
        let found = db.get_job_state(&id(job), "carol").await.expect("a state");
        assert_eq!(found, state, "{job}");
    }
    let lost = db.get_job_failure(&id("e6")).await.expect("a failure");
    assert!(lost.contains("lost"), "{lost}");
    let failure = db.get_job_failure(&id("ed")).await.expect("a failure");
    assert!(failure.contains("`none`"), "{failure}");
    drained(&db, "cpu").await;
    for job in ["e1", "e2", "e3", "e5"] {
        let found = db.get_job_state(&id(job), "carol").await.expect("a state");
        assert_eq!(found, JobState::Done, "{job} is stuck");
    }
}

#[tokio::test]
async fn times_are_read_in_the_zone_they_were_written_in() {
    let url = database(&[SCHEMA, SOUND]).await;
    let mut source = Source::open_in(&url, "Asia/Tokyo").await.expect("it opens");
    let streams = source.page(None, 100).await.expect("a page");
    let page = source.page(streams.next, 100).await.expect("a page");
    let nine_hours = 9 * 3_600 * 1_000_000;
    let init = tasks(&page.records)[0].created_at.as_micros();
    assert_eq!(init, 1_767_323_045_000_006 - nine_hours);
    assert_eq!(source.report().await.expect("a report").count(Kind::Zone), 1);
    let refused = Source::open_in(&url, "Nowhere/At all").await.expect_err("no such zone");
    assert!(matches!(refused, TaskDbErr::Config(_)), "{refused}");
}

#[tokio::test]
async fn nothing_can_be_written() {
    let url = database(&[SCHEMA, SOUND, ODD]).await;
    let digest = "SELECT (SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM tasks AS t)
        || (SELECT md5(string_agg(j::text, '' ORDER BY j::text)) FROM jobs AS j)
        || (SELECT md5(string_agg(s::text, '' ORDER BY s::text)) FROM streams AS s)
        || (SELECT md5(string_agg(d::text, '' ORDER BY d::text)) FROM task_deps AS d)
        || (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace)";
    let mut conn = PgConnection::connect(&url).await.expect("a connection");
    let before: String = sqlx::query_scalar(digest).fetch_one(&mut conn).await.expect("a digest");
    // Even a role that may only read will do.
    let role = format!("reader_{}", Uuid::new_v4().simple());
    run(
        &url,
        &format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"),
    )
    .await;
    let (records, _) = read(&url.replace("taskdb@", &format!("{role}@")), 100).await;
    assert!(!records.is_empty());
    let after: String = sqlx::query_scalar(digest).fetch_one(&mut conn).await.expect("a digest");
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_database_of_another_layout_is_refused() {
    let url = database(&["CREATE TABLE jobs (id uuid PRIMARY KEY)"]).await;
    let refused = Source::open(&url).await.expect_err("another layout").to_string();
    assert!(refused.contains("`public`") && refused.contains("`streams`"), "{refused}");
}

#[tokio::test]
async fn a_large_job_is_read_in_pages_and_in_order() {
    let url = database(&[SCHEMA, SOUND, "
        INSERT INTO jobs (id, state, user_id) VALUES ('00000000-0000-4000-8000-0000000000b0', 'running', 'alice');
        INSERT INTO tasks (job_id, task_id, stream_id, task_def, prerequisites, state, waiting_on)
        SELECT '00000000-0000-4000-8000-0000000000b0', 'task ' || n, '00000000-0000-4000-8000-00000000000a',
            to_jsonb(n), CASE WHEN n = 1 THEN '[]' ELSE jsonb_build_array('task ' || n / 2) END,
            (CASE WHEN n = 1 THEN 'ready' ELSE 'pending' END)::task_state, (n > 1)::integer
        FROM generate_series(1, 20000) AS n"])
    .await;
    let (records, report) = read(&url, 700).await;
    let tasks = tasks(&records);
    assert_eq!(tasks.len(), 20_007);
    assert!(report.found.is_empty(), "{report}");
    let place = |name: &str| tasks.iter().position(|task| task.task_id == name).expect("a task");
    for task in tasks.iter().rev().take(50) {
        assert!(place(&task.prerequisites[0]) < place(&task.task_id));
    }
}
