//! Backups with claims in them: made and restored by the commands of `docs/operations.md`, with
//! work that goes on in between.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use taskdb::{Claim, ClaimLostReason, JobState, NewTask, TaskDb, TaskDbErr, TaskState};
use taskdb_testkit::servers::{postgres, redis as servers};
use uuid::Uuid;

use crate::walk::{blocks, run};
use crate::{postgres as on_postgres, program, redis as on_redis};

/// What was going on when the backup was made, and since.
struct Work {
    job: Uuid,
    /// Claimed before and finished after the backup.
    finished: Claim,
    /// Claimed before the backup by a worker that has died since.
    dead: Claim,
    /// Claimed after the backup.
    later: Claim,
}

async fn claim(db: &TaskDb) -> Claim {
    db.request_work("cpu").await.unwrap().expect("a task is ready").claim
}

/// Work, a backup in the middle of it, and more work.
async fn work(db: &TaskDb, back_up: impl FnOnce()) -> Work {
    let cpu = db.create_stream("cpu", 1, 1.0, "alice").await.unwrap();
    let job = db.create_job(&cpu, &json!(1), 0, 600, "alice").await.unwrap();
    let init = claim(db).await;
    let task = |name| NewTask::new(name, cpu, json!(name)).retries(3).timeout_secs(600);
    let dead = task("dead").timeout_secs(1);
    let last = task("last").after(["finished", "dead", "later"]);
    let tasks = [task("finished"), dead, task("later"), last];
    db.complete_with_children(&init, &json!("init"), tasks).await.unwrap();
    let (finished, dead) = (claim(db).await, claim(db).await);
    assert_eq!((finished.task_id.as_str(), dead.task_id.as_str()), ("finished", "dead"));
    back_up();
    let later = claim(db).await;
    assert!(db.complete(&finished, &json!("the first time")).await.unwrap());
    Work { job, finished, dead, later }
}

/// What a restored store makes of the claims, and that its work comes to an end.
async fn goes_on(db: &TaskDb, work: &Work) {
    assert_eq!(db.audit().await.unwrap(), []);
    let state = async |name| db.get_task(&work.job, name).await.unwrap().state;
    assert_eq!(state("finished").await, TaskState::Running, "its end is not in the backup");
    assert_eq!(state("later").await, TaskState::Ready);
    let lost = db.complete(&work.later, &json!("stale")).await.unwrap_err();
    let TaskDbErr::ClaimLost { reason, .. } = lost else { panic!("{lost}") };
    assert!(matches!(reason, ClaimLostReason::Requeued | ClaimLostReason::Reclaimed), "{reason}");
    // The worker that is still there reports once more; the one that died is given up.
    assert!(db.complete(&work.finished, &json!("the second time")).await.unwrap());
    while db.requeue_tasks(10).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(db.complete(&work.dead, &json!("stale")).await.is_err());
    for _ in 0..3 {
        let task = claim(db).await;
        assert!(db.complete(&task, &json!("restored")).await.unwrap());
    }
    assert_eq!(db.get_job(&work.job).await.unwrap().state, JobState::Done);
    let output: String = db.get_task_output(&work.job, "finished").await.unwrap();
    assert_eq!(output, "the second time");
    assert_eq!(db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
    let [back_up, restore] = blocks("### A backup of SQLite").try_into().unwrap();
    let db = taskdb::connect(&url).await.unwrap();
    let work = work(&db, || run(folder.path(), &back_up, &[])).await;
    drop(db);
    run(folder.path(), &restore, &[]);
    goes_on(&taskdb::connect(&url).await.unwrap(), &work).await;
}

#[tokio::test]
async fn a_redis_is_restored() {
    let mut deployed = on_redis::Deployed::start();
    let url = deployed.url("taskdb");
    let [back_up, restore] = blocks("### A backup of Redis").try_into().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let port = deployed.server.port().unwrap().to_string();
    let (operator, data) = (deployed.password("redis-operator"), folder.path().join("data"));
    std::fs::create_dir(&data).unwrap();
    let (data, run_folder) = (data.display().to_string(), folder.path().display().to_string());
    let start = format!("{}/start", folder.path().display());
    let starter = format!(
        "#!/bin/sh\nexec '{}' --port {port} --bind 127.0.0.1 \"$@\" > /dev/null\n",
        crate::file("deploy/redis/start").display()
    );
    program::script(Path::new(&start), &starter);
    let secrets = deployed.secrets().display().to_string();
    let env = [
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", &port),
        ("REDISCLI_AUTH", &operator),
        ("DATA", &data),
        ("RUN", &run_folder),
        ("SECRETS", &secrets),
        ("NAMESPACE", "jobs"),
        ("START_REDIS", &start),
    ];
    let db = taskdb::connect(&url).await.unwrap();
    let work = work(&db, || run(folder.path(), &back_up, &env)).await;
    drop(db);
    // The other machine has the address of the first one, which is gone.
    deployed.server.kill();
    run(folder.path(), &restore, &env);
    let options = servers::Options { appendonly: true, ..Default::default() };
    let restored = options.set("dir", &data).start().unwrap();
    let url = format!("{}?namespace=jobs", restored.url());
    goes_on(&taskdb::connect(&url).await.unwrap(), &work).await;
}

#[tokio::test]
async fn a_postgres_is_restored() {
    let deployed = on_postgres::Deployed::start();
    let [back_up, restore] = blocks("### A backup of Postgres").try_into().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (port, owner) = (deployed.port(), deployed.password("postgres-owner"));
    let env = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", &port),
        ("PGUSER", "taskdb_owner"),
        ("PGPASSWORD", &owner),
        ("PGDATABASE", "postgres"),
        ("NAMESPACE", "jobs"),
    ];
    let db = taskdb::connect(&deployed.url("worker")).await.unwrap();
    let work = work(&db, || run(folder.path(), &back_up, &env)).await;
    let another = postgres::Options::fast().start().unwrap();
    let port = another.port().unwrap().to_string();
    let env = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", &port),
        ("PGUSER", "taskdb"),
        ("PGDATABASE", "postgres"),
        ("NAMESPACE", "jobs"),
    ];
    let roles = "CREATE ROLE taskdb_owner; CREATE ROLE taskdb_worker; CREATE ROLE taskdb_watcher";
    run(folder.path(), &format!("psql --quiet --command '{roles}'"), &env);
    run(folder.path(), &restore, &env);
    let url = format!("{}?namespace=jobs", another.url());
    goes_on(&taskdb::connect(&url).await.unwrap(), &work).await;
}
