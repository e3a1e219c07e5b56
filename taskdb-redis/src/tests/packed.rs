//! Packed records that are bent at random: they are read as something, and then written alike, or
//! refused, and never more.

use std::collections::BTreeSet;

use serde_json::json;
use taskdb_core::NewTask;
use taskdb_testkit::fuzz::Bender;
use taskdb_testkit::servers::redis::Server;

use super::opened;
use crate::config::Config;
use crate::record::{
    Header, Task, pack_definition, pack_ruled, parse_ages, parse_definition, parse_ruled,
};

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
    let kept = include_str!("corpus/records.hex").lines().map(of_hex);
    let mut read = 0;
    for bytes in Bender::new(records.into_iter().chain(kept)).bytes() {
        // Whatever comes out, it comes without a panic and without much memory.
        let _ = (Header::parse(&bytes), parse_ages(&bytes));
        if let Ok(task) = Task::parse(&bytes).as_ref().map(Clone::clone)
            && !task.progress.is_nan()
        {
            assert_eq!(Task::parse(&task.pack(1, 0)).unwrap(), task, "{bytes:?}");
            read += 1;
        }
        if let Ok((names, body)) = parse_definition(&bytes) {
            let again = parse_definition(&pack_definition(&names, &body)).unwrap();
            assert_eq!(again, (names, body), "{bytes:?}");
        }
        if let Ok((rules, start_by)) = parse_ruled(Some(&bytes)) {
            let packed = pack_ruled(&rules, start_by);
            let again = parse_ruled(Some(&packed).filter(|bytes| !bytes.is_empty()).map(|b| &**b));
            assert_eq!(again.unwrap(), (rules, start_by), "{bytes:?}");
        }
    }
    assert!(read > 3, "hardly a task is read");
}

fn of_hex(line: &str) -> Vec<u8> {
    let digits = line.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}
