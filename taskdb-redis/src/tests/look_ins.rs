//! What an operator reads with `redis-cli`, as `docs/redis.md` shows it.

use std::collections::HashMap;

use serde_json::json;
use taskdb_core::{NewJob, Priority};
use taskdb_testkit::servers::redis::Server;

use super::opened;
use crate::config::Config;

const USER: &str = "alice";

#[tokio::test]
async fn shares_ready_jobs_and_counters_can_be_read() {
    let server = Server::start().unwrap();
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let first = db.create_stream("cpu", 2, 1.0, USER).await.unwrap();
    let second = db.create_stream("cpu", 0, 4.0, "bob").await.unwrap();
    for stream in [first, first, first, second, second] {
        db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    }
    let urgent = NewJob::new(USER, second, json!(1)).priority(Priority::High);
    db.create_job_with(urgent).await.unwrap();
    assert_eq!(db.request_work_batch("cpu", 2, None).await.unwrap().len(), 2);

    // One task of each stream runs: the reserved one is half served, the other has a quarter.
    let shares: Vec<(String, f64)> = server
        .cli(&["ZRANGE", "{taskdb}:streams_by_priority:cpu", "0", "-1", "WITHSCORES"])
        .unwrap();
    let member = |reserved: u32, number: u32| format!("{:07}:{number:012}", 9_999_999 - reserved);
    assert_eq!(shares, [(member(2, 0), -0.5), (member(0, 1), 0.25)]);
    let ready = |key: &str| server.cli::<u64>(&["ZCARD", key]).unwrap();
    assert_eq!(ready("{taskdb}:stream:0:ready"), 2);
    assert_eq!(ready("{taskdb}:stream:1:ready"), 2);
    assert_eq!(ready("{taskdb}:stream:1:ready:high"), 0);

    let counters: HashMap<String, String> =
        server.cli(&["HGETALL", "{taskdb}:stream:0:counters"]).unwrap();
    let field = |name: &str| counters.get(name).map(String::as_str);
    assert_eq!(field("id"), Some(first.to_string().as_str()));
    assert_eq!((field("worker_type"), field("user_id")), (Some("cpu"), Some(USER)));
    assert_eq!((field("reserved"), field("be_mult")), (Some("2"), Some("1.0")));
    // Pending, ready, running, done, failed, cancelled.
    assert_eq!((field("medium"), field("high")), (Some("0 2 1 0 0 0"), None));

    assert_eq!(server.cli::<u64>(&["ZCARD", "{taskdb}:expiring"]).unwrap(), 2);
    assert_eq!(server.cli::<u64>(&["ZCARD", "{taskdb}:jobs"]).unwrap(), 6);
    assert_eq!(server.cli::<u64>(&["HGET", "{taskdb}:running_jobs", USER]).unwrap(), 6);

    let last = ["XREVRANGE", "{taskdb}:events", "+", "-", "COUNT", "1"];
    let events: Vec<(String, HashMap<String, String>)> = server.cli(&last).unwrap();
    let field = |name: &str| events[0].1.get(name).map(String::as_str);
    assert_eq!((field("kind"), field("task")), (Some("created"), None));
    assert!(field("at").is_some() && field("job").is_some(), "{events:?}");
}

/// Every key that a namespace has is one of the table in `keys`.
#[tokio::test]
async fn keys_are_those_of_the_table() {
    let server = Server::start().unwrap();
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let stream = db.create_stream("a:%b", 1, 1.0, USER).await.unwrap();
    let job = NewJob::new(USER, stream, json!(1)).key("once");
    let job = db.create_job_with(job).await.unwrap();
    let late = taskdb_core::NewTask::new("late", stream, json!(1));
    let late = late.delay(std::time::Duration::from_secs(60));
    db.create_tasks(&job, [late]).await.unwrap();
    let kept = db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    assert!(db.update_task_done(&kept, "init", json!(1)).await.unwrap());
    db.delete_job_with_ttl(&kept, 60).await.unwrap();
    db.request_work("a:%b").await.unwrap().expect("init is ready");
    db.create_job(&stream, &json!(1), 3, 60, USER).await.unwrap();
    let keys: Vec<String> = server.cli(&["KEYS", "*"]).unwrap();
    let table = include_str!("../keys.rs");
    for key in &keys {
        let general = key
            .replace("{taskdb}", "{ns}")
            .replace(&job.to_string(), "ID")
            .replace("a%3A%25b", "TYPE");
        let general = match general.strip_prefix("{ns}:claims:") {
            Some(byte) if u8::from_str_radix(byte, 16).is_ok() => "{ns}:claims:XX".to_owned(),
            _ => general.replace(":0", ":N"),
        };
        let listed = table.contains(&format!("`{general}`"));
        // The other jobs have ids of their own.
        assert!(listed || general.starts_with("{ns}:job:"), "{key} is not in the table");
    }
    assert!(keys.len() > 12, "{keys:?}");
}
