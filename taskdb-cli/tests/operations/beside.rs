//! Workers of an earlier release at a store, beside those of this one: as an upgrade has them for
//! a while. What an earlier release is to a server are the scripts and functions that it brings and
//! what it calls them with. `stored/` has these as they were when the format of today was new, so
//! this release may change its own as it likes, but not what they read and write together.
//!
//! On SQLite there is no such thing but the program: see `upgrade`.

use std::path::Path;

use redis::Value as Reply;
use serde_json::{Value, json};
use taskdb::{Claim, JobState, NewTask, TaskDb};
use taskdb_testkit::servers::{postgres, redis as server};
use uuid::Uuid;

use crate::program;
use crate::walk::run;

/// How many jobs there are, of two tasks each, the second behind the first.
const JOBS: usize = 20;

/// A worker of before.
trait Old {
    /// Claims a task with this id; whether there was one.
    async fn claim(&self, id: Uuid) -> bool;

    /// Hands in its result.
    async fn done(&self, claim: &Claim);
}

/// What `stored/` has of an earlier release.
fn stored(name: &str) -> String {
    let file = crate::file(&format!("taskdb-cli/tests/operations/stored/{name}.gz.base64"));
    let line = format!("base64 --decode '{}' | gunzip", file.display());
    program::ended(std::process::Command::new("sh").args(["-c", &line])).stdout
}

/// The old one and this release take a task each, at the same time, until there is none.
async fn side_by_side(db: &TaskDb, old: &impl Old) {
    let stream = db.create_stream("w", 1, 1.0, "alice").await.unwrap();
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let job = db.create_job(&stream, &json!(number), 2, 60, "alice").await.unwrap();
        let after = NewTask::new("after", stream, json!(number)).after(["init"]);
        db.create_task_with(&job, after).await.unwrap();
        jobs.push(job);
    }
    let (mut here, mut there) = (0, 0);
    loop {
        let id = Uuid::new_v4();
        let (theirs, ours) = tokio::join!(old.claim(id), db.request_work("w"));
        let ours = ours.unwrap();
        if ours.is_none() && !theirs {
            break;
        }
        // This release sees their claims as its own.
        let claims = db.list_claims(None, None, None, 100).await.unwrap();
        let theirs = claims.into_iter().find(|info| info.claim.id == id);
        (here, there) = (here + usize::from(ours.is_some()), there + usize::from(theirs.is_some()));
        let done = async {
            if let Some(task) = ours {
                assert!(db.complete(&task.claim, &json!("new")).await.unwrap());
            }
        };
        let done_there = async {
            if let Some(info) = theirs {
                assert_eq!(info.worker_id, "old");
                old.done(&info.claim).await;
            }
        };
        tokio::join!(done, done_there);
    }
    assert_eq!(here + there, 2 * JOBS);
    assert!(here > JOBS / 2 && there > JOBS / 2, "{here} and {there}");
    let mut results = [0, 0];
    for job in jobs {
        assert_eq!(db.get_job(&job).await.unwrap().state, JobState::Done);
        for task in ["init", "after"] {
            let output: Value = db.get_task_output(&job, task).await.unwrap();
            results[usize::from(output == json!("old"))] += 1;
        }
    }
    assert_eq!(results, [here, there]);
    assert_eq!(db.audit().await.unwrap(), []);
}

struct OnRedis {
    conn: redis::aio::MultiplexedConnection,
    request_work: String,
    update_task_done: String,
}

impl OnRedis {
    async fn call(&self, script: &str, args: &[&[u8]]) -> Vec<Reply> {
        let mut call = redis::cmd("EVAL");
        call.arg(script).arg(1).arg("{taskdb}:meta");
        for arg in args {
            call.arg(*arg);
        }
        let reply: Vec<Reply> = call.query_async(&mut self.conn.clone()).await.unwrap();
        assert_eq!(reply[0], Reply::BulkString(b"ok".to_vec()), "{reply:?}");
        reply
    }
}

impl Old for OnRedis {
    async fn claim(&self, id: Uuid) -> bool {
        let args: [&[u8]; 5] = [b"", b"w", b"old", b"", id.as_bytes()];
        // The word, when the next may start, the time, and a task each.
        self.call(&self.request_work, &args).await.len() == 4
    }

    async fn done(&self, claim: &Claim) {
        let (job, attempt) = (claim.job_id.to_string(), claim.attempt.to_string());
        let args: [&[u8]; 8] = [
            b"",
            b"1000000",
            job.as_bytes(),
            claim.task_id.as_bytes(),
            claim.id.as_bytes(),
            attempt.as_bytes(),
            b"\"old\"",
            b"0",
        ];
        self.call(&self.update_task_done, &args).await;
    }
}

#[tokio::test]
async fn scripts_of_an_earlier_release_work_beside_these() {
    let server = server::Server::start().unwrap();
    let db = taskdb::connect(&server.url()).await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let old = OnRedis {
        conn: client.get_multiplexed_async_connection().await.unwrap(),
        request_work: stored("redis-3-request_work.lua"),
        update_task_done: stored("redis-3-update_task_done.lua"),
    };
    side_by_side(&db, &old).await;
}

struct OnPostgres {
    url: String,
}

/// What a release before puts in place of the word in the names of its functions.
const HASH: &str = "0ld0ld00";

impl OnPostgres {
    /// The functions of the release, and the note that they are somebody's.
    fn install(&self, folder: &Path) {
        let functions = stored("postgres-10.functions").replace("HASH", HASH);
        let text = format!(
            "SET search_path TO taskdb, pg_temp;\nSET check_function_bodies TO off;\n{functions};\n\
             INSERT INTO function_sets (hash) VALUES ('{HASH}');\n"
        );
        std::fs::write(folder.join("functions"), text).unwrap();
        let line = "psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file functions \"$URL\"";
        run(folder, line, &[("URL", &self.url)]);
    }

    async fn ask(&self, question: String) -> String {
        let url = self.url.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let mut psql = std::process::Command::new("psql");
            psql.args(["--no-psqlrc", "--tuples-only", "--no-align", "--command"]);
            program::ended(psql.args([&question, &url]))
        });
        let ran = asked.await.unwrap();
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout.trim().to_owned()
    }
}

impl Old for OnPostgres {
    async fn claim(&self, id: Uuid) -> bool {
        let question = format!(
            "SELECT count(job_id) FROM taskdb.request_work_{HASH}(NULL, 'w', true, ARRAY['old'], \
             ARRAY[NULL]::bigint[], ARRAY['{id}']::uuid[])"
        );
        self.ask(question).await == "1"
    }

    async fn done(&self, claim: &Claim) {
        let Claim { job_id, task_id, id, attempt } = claim;
        let children = ", '{}'".repeat(11);
        let question = format!(
            "SELECT taskdb.update_task_done_{HASH}(NULL, 1000000, ARRAY['{job_id}']::uuid[], \
             ARRAY['{task_id}'], ARRAY['{id}']::uuid[], ARRAY[{attempt}]::bigint[], \
             ARRAY['\"old\"']{children})"
        );
        let answer = self.ask(question).await;
        assert!(answer.starts_with("[\"ok\""), "{answer}");
    }
}

#[tokio::test]
async fn functions_of_an_earlier_release_work_beside_these() {
    let server = postgres::Options::fast().start().unwrap();
    let db = taskdb::connect(&server.url()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let old = OnPostgres { url: server.url() };
    old.install(folder.path());
    side_by_side(&db, &old).await;
    // A program of this release that starts later leaves them alone.
    let again = taskdb::connect(&server.url()).await.unwrap();
    assert!(again.request_work("w").await.unwrap().is_none());
    assert!(!old.claim(Uuid::new_v4()).await);
}
