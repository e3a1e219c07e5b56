//! What the scripts reckon with the rules of tasks.

use std::time::Duration;

use serde_json::json;
use taskdb_core::request::{Export, Import, Part};
use taskdb_core::{Backoff, JobState, Limits, NewJob, NewTask, TaskDb};
use taskdb_testkit::servers::redis::Server;

use super::opened;
use crate::args::Args;
use crate::config::Config;
use crate::reply::Reply;
use crate::script::{Kind, Script, text};

static DELAY: Script = Script::new(
    "delay",
    text!(
        "#!lua flags=no-writes\n",
        include_str!("../../lua/lib/base.lua"),
        include_str!("../../lua/lib/rules.lua"),
        include_str!("../../tests/lua/delay.lua")
    ),
    Kind::Read,
);

/// Settings, ages and retries that go to the edges, and some from between.
fn table() -> Vec<(Backoff, u64, i32)> {
    let longest = Duration::from_secs(Limits::MAX_TIMEOUT_SECS.unsigned_abs().into());
    let times = [1, 999, 1_234_567, 60_000_000, 86_399_999_999].map(Duration::from_micros);
    let mut table = Vec::new();
    for first in times.into_iter().chain([longest]) {
        for cap in times.into_iter().chain([longest]).filter(|cap| *cap >= first) {
            for jitter in [0, 1, 33, 83, 100] {
                for age in [0, 1, 2, 89, 4_181, 999_999, 4_294_967_295] {
                    for retries in [0, 1, 2, 7, 31, 61, 62, 63, 10_000] {
                        let backoff = Backoff::exponential(first, cap).jitter(jitter);
                        table.push((backoff, age, retries));
                    }
                }
            }
        }
    }
    table
}

#[tokio::test]
async fn delays_are_those_of_the_engine_to_the_microsecond() {
    let server = Server::start().unwrap();
    let (_, conn) = opened(Config::from_url(&server.url()).unwrap()).await;
    for rows in table().chunks(1_000) {
        let args = rows.iter().fold(Args::at(None), |args, (backoff, age, retries)| {
            let args = args.value(backoff.first_micros).value(backoff.cap_micros);
            args.value(backoff.jitter).value(age).value(retries)
        });
        let reply = conn.run(&DELAY, Kind::Read, "{taskdb}:meta", args.into_inner()).await;
        let mut reply = Reply::new(reply.unwrap()).unwrap();
        for (backoff, age, retries) in rows {
            let found: u128 = reply.parse().unwrap();
            let expected = backoff.delay(*age, *retries).as_micros();
            assert_eq!(found, expected, "{backoff:?}, age {age}, {retries} retries");
        }
        assert!(reply.is_empty());
    }
}

/// The keys of what has to be started by some time.
fn waiting(server: &Server) -> Vec<String> {
    let mut keys: Vec<String> = server.cli(&["KEYS", "*starting*"]).unwrap();
    let first: Option<String> = server.cli(&["HGET", "{taskdb}:meta", "starting"]).unwrap();
    keys.extend(first);
    keys
}

async fn urgent_job(db: &TaskDb) -> uuid::Uuid {
    let stream = db.create_stream("cpu", 1, 1.0, "user").await.unwrap();
    let urgent = |name: &str| NewTask::new(name, stream, json!(1)).expires_in(DAY).optional();
    let job = NewJob::new("user", stream, json!(1)).expires_in(DAY);
    let job = db.create_job_with(job).await.unwrap();
    let after = urgent("after").after(["init"]);
    db.create_tasks(&job, [urgent("a"), urgent("b"), after]).await.unwrap();
    job
}

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn nothing_is_left_of_the_time_to_start_by() {
    let server = Server::start().unwrap();
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let first = urgent_job(&db).await;
    let second = urgent_job(&db).await;
    assert_eq!(waiting(&server).len(), 4, "two jobs, their list, and the first time");
    assert!(db.update_task_done(&first, "a", json!(1)).await.unwrap());
    assert!(db.update_task_failed(&first, "b", "broken").await.unwrap());
    let init = db.request_work("cpu").await.unwrap().unwrap();
    assert_eq!(waiting(&server).len(), 4, "one more has to be started");
    db.cancel_task(&first, "after").await.unwrap();
    assert_eq!(waiting(&server).len(), 3, "only those of the other job");
    db.complete(&init.claim, &json!(1)).await.unwrap();
    db.delete_job(&second).await.unwrap();
    assert!(waiting(&server).is_empty());
}

#[tokio::test]
async fn what_was_taken_in_still_has_to_be_started_in_time() {
    let server = Server::start().unwrap();
    let (from, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let job = urgent_job(&from).await;
    let page = Export { cursor: None, limit: 1_000, derived: false, part: Part::Everything };
    let records = from.store().export(page).await.unwrap().records;
    let clock = std::sync::Arc::new(taskdb_core::ManualClock::default());
    let config = Config::from_url(&server.url()).unwrap().clock(Some(clock.clone()));
    let (to, _) = opened(config.namespace("other".parse().unwrap())).await;
    to.store().import(Import { records }).await.unwrap();
    assert_eq!(to.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(to.get_job(&job).await.unwrap().state, JobState::Running);
    clock.advance(DAY * 36_500);
    assert_eq!(to.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(to.get_job_failure(&job).await.unwrap(), "expired");
}
