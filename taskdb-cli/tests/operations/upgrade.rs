//! Stores that earlier releases have left, with claims of workers that died: they come up to date
//! when they are opened, and their work goes on to its end. `stored/` has them as their releases
//! wrote them: a done job, a failed one, and one whose `init` was at hand, with `ready` beside it
//! and `after` behind both.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use taskdb::{JobFilter, JobState, TaskDb};
use taskdb_testkit::servers::{postgres, redis};

use crate::program;
use crate::store::Store;
use crate::walk::run;

/// A program of an earlier release, for those tests that need one.
const OLD: &str = "TASKDB_TEST_OLD_PROGRAM";

async fn comes_up_to_date(url: &str, formats: (u64, u64)) {
    let health = program::run(Path::new("/"), &["health", "--json"], &[("TASKDB_URL", url)]);
    let health: Value = serde_json::from_str(&health.stdout).expect(&health.stderr);
    let format = health["format"].as_u64().unwrap();
    assert!(format > formats.0 && format >= formats.1, "{health}");
    let db = taskdb::connect(url).await.unwrap();
    assert_eq!(db.audit().await.unwrap(), []);
    let jobs = db.list_jobs(JobFilter::default(), None, 9).await.unwrap();
    let states: Vec<_> = jobs.iter().map(|job| job.state).collect();
    assert_eq!(states, [JobState::Done, JobState::Failed, JobState::Running]);
    let output: Value = db.get_task_output(&jobs[0].job_id, "init").await.unwrap();
    assert_eq!(output, json!({"n": 1}));
    assert!(jobs[1].error.as_deref().unwrap().contains("100"), "{jobs:?}");
    assert_eq!(db.list_claims(None, None, None, 9).await.unwrap().len(), 1);

    assert_eq!(db.requeue_tasks(10).await.unwrap(), 1, "its worker is long dead");
    for (worker_type, name) in [("slow", "init"), ("good", "ready"), ("good", "after")] {
        finish(&db, worker_type, name).await;
    }
    assert_eq!(db.get_job(&jobs[2].job_id).await.unwrap().state, JobState::Done);
    db.retry_job(&jobs[1].job_id).await.unwrap();
    finish(&db, "bad", "init").await;
    db.delete_job(&jobs[0].job_id).await.unwrap();
    assert_eq!(db.stats().await.unwrap().streams.len(), 3);
    assert_eq!(db.audit().await.unwrap(), []);
}

async fn finish(db: &TaskDb, worker_type: &str, name: &str) {
    let task = db.request_work(worker_type).await.unwrap().expect(name);
    assert_eq!(task.task_id, name);
    assert!(db.complete(&task.claim, &json!(1)).await.unwrap());
}

fn stored(name: &str) -> String {
    crate::file(&format!("taskdb-cli/tests/operations/stored/{name}")).display().to_string()
}

#[tokio::test]
async fn a_file_of_format_9_comes_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &format!("sqlite3 jobs.db < '{}'", stored("sqlite-9.dump")), &[]);
    let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
    comes_up_to_date(&url, (9, 10)).await;
}

#[tokio::test]
async fn a_redis_of_format_2_comes_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let decode = format!("base64 --decode '{}' > dump.rdb", stored("redis-2.rdb.base64"));
    run(folder.path(), &decode, &[]);
    let options = redis::Options::default().set("dir", folder.path().display());
    comes_up_to_date(&options.start().unwrap().url(), (2, 3)).await;
}

#[tokio::test]
async fn a_postgres_of_format_8_comes_up_to_date() {
    let server = postgres::Options::fast().start().unwrap();
    let file = stored("postgres-8.dump");
    let load = format!(
        "psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file '{file}' \"$URL\" > /dev/null"
    );
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &load, &[("URL", &server.url())]);
    comes_up_to_date(&server.url(), (8, 10)).await;
}

#[test]
fn a_file_of_a_later_release_is_refused_and_left_alone() {
    let store = Store::new();
    let file = rusqlite::Connection::open(store.path("jobs.db")).unwrap();
    let version = |file: &rusqlite::Connection| {
        file.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    // Formats are stored as the oldest reader and the format, four digits each.
    file.pragma_update(None, "user_version", 90_009_001).unwrap();
    store.run(&["job", "list"]).ended(1, &["upgrade taskdb"]);
    assert_eq!(version(&file), 90_009_001);
    // One that this release may read is opened, and stays what it is.
    file.pragma_update(None, "user_version", 69_001).unwrap();
    assert_eq!(store.run(&["health"]).code, Some(0));
    assert_eq!(version(&file), 69_001);
}

/// Workers of two releases at one file, each with a share of the work.
#[test]
#[ignore = "needs a program of an earlier release, which TASKDB_TEST_OLD_PROGRAM names"]
fn two_releases_work_side_by_side() {
    let store = Store::new();
    let old = std::env::var(OLD).expect(OLD);
    let jobs: Vec<_> = (0..60).map(|number| store.job("w", json!(number), 2)).collect();
    let line = "sleep 0.05; echo '\"'$RELEASE'\"'";
    let args = ["worker", "--worker-type", "w", "--jobs", "1", "--quiet", "--until-idle=2s"];
    let start = |release: &str, mut command: Command| {
        command.args(args).args(["--exec", line]).env("RELEASE", release).spawn().unwrap()
    };
    let mut beside = Command::new(old);
    beside.current_dir(store.path("")).env("TASKDB_URL", store.url()).env("TMPDIR", store.path(""));
    let workers = [start("new", store.command(&[])), start("old", beside)];
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    let mut shares = [0, 0];
    for job in &jobs {
        assert_eq!(store.ended(job), JobState::Done);
        shares[usize::from(store.output(job, "init") == json!("old"))] += 1;
    }
    assert!(shares.iter().all(|share| *share > 5), "{shares:?}");
    assert_eq!(store.line(&["audit"]), "nothing is wrong");
}

/// An old program at a store that a newer one has brought up to date beyond it.
#[test]
#[ignore = "needs a program of an earlier release, which TASKDB_TEST_OLD_PROGRAM names"]
fn an_old_program_is_told_to_upgrade() {
    let old = std::env::var(OLD).expect(OLD);
    let server = redis::Server::start().unwrap();
    let url = server.url();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let db = runtime.block_on(taskdb::connect(&url)).unwrap();
    let refused = Command::new(&old).args(["job", "list", "--url", &url]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("upgrade taskdb"), "{said}");
    runtime.block_on(async {
        assert_eq!(db.audit().await.unwrap(), []);
        db.health().await.unwrap();
    });
}
