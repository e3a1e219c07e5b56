//! Claims as they are kept: a page costs its size, and those of an earlier release are found.

use serde_json::json;
use taskdb_core::{NewTask, TaskDb};
use taskdb_testkit::servers::redis::Server;

use super::mending_mix::commands;
use super::opened;
use crate::config::Config;

const TASKS: usize = 4_000;
const PAGE: usize = 20;
/// Commands for a claim that is looked at, and for a page whatever it holds: one for each byte
/// that an id may begin with, and what tells how many there were.
const EACH: u64 = 8;
const PAGES: u64 = 300;

async fn claimed(server: &Server, tasks: usize) -> TaskDb {
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let stream = db.create_stream("cpu", 1, 1.0, "user").await.unwrap();
    let job = db.create_job(&stream, &json!(0), 3, 60, "user").await.unwrap();
    for from in (1..tasks).step_by(500) {
        let names = from..tasks.min(from + 500);
        let tasks = names.map(|n| NewTask::new(format!("t{n}"), stream, json!(0)));
        db.create_tasks(&job, tasks).await.unwrap();
    }
    let mut held = 0;
    while held < tasks {
        held += db.request_work_batch("cpu", 500, None).await.unwrap().len();
    }
    db
}

#[tokio::test]
async fn a_page_costs_what_it_holds() {
    let server = Server::start().unwrap();
    let db = claimed(&server, TASKS).await;
    let (mut after, mut seen, mut most) = (None, 0, 0);
    loop {
        let before = commands(&server);
        let page = db.list_claims(None, None, after, PAGE).await.unwrap();
        most = most.max(commands(&server) - before);
        seen += page.len();
        let Some(last) = page.last() else { break };
        after = Some(last.claim.id);
    }
    assert_eq!(seen, TASKS);
    // Those of the last byte come with it.
    let looked = PAGE + 4 * TASKS / 256;
    assert!(most < EACH * looked as u64 + PAGES, "{most} commands for a page of {PAGE}");
}

#[tokio::test]
async fn claims_of_an_earlier_release_are_taken_over() {
    let server = Server::start().unwrap();
    let db = claimed(&server, 300).await;
    let cli = |command: &[&str]| server.cli::<redis::Value>(command).unwrap();
    let pages: Vec<String> = server.cli(&["KEYS", "{taskdb}:claims:*"]).unwrap();
    assert!(pages.len() > 100, "{}", pages.len());
    for page in &pages {
        let merge = "redis.call('HSET', KEYS[2], unpack(redis.call('HGETALL', KEYS[1])))";
        cli(&["EVAL", merge, "2", page, "{taskdb}:claims"]);
        cli(&["DEL", page]);
    }
    cli(&["HSET", "{taskdb}:meta", "format", "2", "min_reader", "2"]);
    assert_eq!(db.list_claims(None, None, None, 1_000).await.unwrap(), []);
    let (later, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    assert_eq!(later.list_claims(None, None, None, 1_000).await.unwrap().len(), 300);
    let format: Vec<String> =
        server.cli(&["HMGET", "{taskdb}:meta", "format", "min_reader"]).unwrap();
    assert_eq!(format, ["3", "3"]);
    assert_eq!(later.audit().await.unwrap(), []);
    assert_eq!(later.release_worker(db.worker_id()).await.unwrap(), 300);
    assert_eq!(later.audit().await.unwrap(), []);
    let left: Vec<String> = server.cli(&["KEYS", "{taskdb}:claims*"]).unwrap();
    assert!(left.is_empty(), "{left:?}");
}
