//! Packed records that are damaged: they are read as something or refused, and never more.

use std::collections::BTreeSet;

use serde_json::json;
use taskdb_core::NewTask;
use taskdb_testkit::rng::Rng;
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;
use crate::record::{Header, Task, parse_ages, parse_definition, parse_ruled};

/// How often each is damaged.
const CASES: usize = 400;

#[tokio::test]
async fn damaged_records_are_read_or_refused() {
    let server = Server::start().unwrap();
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let cpu = db.create_stream("cpu", 0, 1.0, "alice").await.unwrap();
    db.create_job(&cpu, &json!({"n": 1}), 3, 60, "alice").await.unwrap();
    let init = db.request_work("cpu").await.unwrap().unwrap();
    let parts = ["a", "b"].map(|name| NewTask::new(name, cpu, json!(name)).after(["init"]));
    db.complete_with_children(&init.claim, &json!("out"), parts).await.unwrap();
    let task = db.request_work("cpu").await.unwrap().unwrap();
    db.progress(&task.claim, 0.5).await.unwrap();

    let keys: Vec<String> = server.cli(&["KEYS", "*job:*"]).unwrap();
    let mut records = BTreeSet::new();
    for key in keys {
        if server.cli::<String>(&["TYPE", &key]).unwrap() == "hash" {
            records.extend(server.cli::<Vec<Vec<u8>>>(&["HVALS", &key]).unwrap());
        }
    }
    assert!(records.iter().any(|record| Task::parse(record).is_ok()), "there are tasks");
    assert!(records.iter().any(|record| Header::parse(record).is_ok()), "there are jobs");
    let seed = Uuid::new_v4().as_u64_pair().1;
    let mut rng = Rng::new(seed);
    for record in &records {
        for _ in 0..CASES {
            let bytes = damaged(record.clone(), &mut rng);
            // Whatever comes out, it comes without a panic and without much memory.
            let _ = (Header::parse(&bytes), Task::parse(&bytes), parse_ages(&bytes));
            let _ = (parse_ruled(Some(&bytes)), parse_definition(&bytes));
        }
    }
}

fn damaged(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..=rng.below(3) {
        let length = u64::try_from(bytes.len()).unwrap_or_default();
        let place = usize::try_from(rng.below(length + 1)).unwrap_or_default();
        let byte = u8::try_from(rng.below(256)).unwrap_or_default();
        match rng.below(4) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, byte),
            2 => bytes.extend([0xff; 5]),
            _ => bytes.get_mut(place).into_iter().for_each(|at| *at = byte),
        }
    }
    bytes
}
