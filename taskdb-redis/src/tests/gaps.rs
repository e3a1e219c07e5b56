//! Streams whose ages lie far apart, as those of another store may: what lists, counts, exports
//! or mends them goes by how many there are.

use serde_json::json;
use taskdb_core::TaskDb;
use taskdb_core::record::{Record, StreamRecord};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use crate::config::Config;
use crate::conn::Conn;

/// More than a page, close together, and then far apart.
const CLOSE: u64 = 600;
const FAR: u64 = 700;
const LAST: u64 = 1_000_000_000;

fn stream(age: u64) -> Record {
    stream_as(Uuid::new_v4(), age)
}

fn stream_as(stream_id: Uuid, age: u64) -> Record {
    Record::Stream(StreamRecord {
        stream_id,
        age,
        worker_type: "cpu".to_owned(),
        user_id: "user".to_owned(),
        reserved: 0,
        be_mult: 1.0,
        paused: false,
        deleted: false,
        derived: None,
    })
}

fn ages() -> Vec<u64> {
    let apart = (1..=FAR).map(|n| LAST - (FAR - n) * 1_000_000);
    (0..CLOSE).chain(apart).collect()
}

async fn listed(db: &TaskDb) -> Vec<u64> {
    let (mut ages, mut after) = (Vec::new(), None);
    loop {
        let page = db.list_streams(after, 1_000).await.unwrap();
        ages.extend(page.iter().map(|stream| stream.age));
        after = ages.last().copied();
        if page.len() < 1_000 {
            return ages;
        }
    }
}

async fn exported(db: &TaskDb) -> usize {
    let (mut exported, mut cursor) = (0, None);
    loop {
        let page = db.export(cursor, 1_000).await.unwrap();
        exported += page.records.len();
        cursor = page.next;
        if cursor.is_none() {
            return exported;
        }
    }
}

/// How often all streams of a namespace were read at once.
fn reads_of_all(server: &Server) -> u64 {
    let info: String = server.cli(&["INFO", "commandstats"]).unwrap();
    let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_hvals:calls="));
    line.and_then(|line| line.split(',').next()).map_or(0, |calls| calls.parse().unwrap())
}

/// Leaves streams as a release would that does not list them by number.
fn forget_numbers(server: &Server) {
    let sets: Vec<String> = server.cli(&["KEYS", "*streams_by_number"]).unwrap();
    assert!(!sets.is_empty());
    for set in sets {
        server.cli::<()>(&["DEL", &set]).unwrap();
    }
}

async fn look(db: &TaskDb, conn: &Conn, server: &Server) {
    let records: Vec<_> = ages().into_iter().map(stream).collect();
    for records in records.chunks(100) {
        db.import(records.to_vec()).await.unwrap();
    }
    let (before, reads) = (conn.round_trips(), reads_of_all(server));
    assert_eq!(listed(db).await, ages());
    assert_eq!(exported(db).await, ages().len());
    db.get_task_state_counts().await.unwrap();
    let trips = conn.round_trips() - before;
    assert!(trips < 60, "{trips} round trips for {} streams", ages().len());
    assert_eq!(reads_of_all(server), reads, "a page has read more than itself");

    // The next age is beyond all of them, and so is its work.
    let late = db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
    assert!(db.stream_info(&late).await.unwrap().age > LAST);
    db.create_job(&late, &json!(1), 3, 60, "user").await.unwrap();
    let before = conn.round_trips();
    assert_eq!(db.repair().await.unwrap(), Default::default());
    assert!(conn.round_trips() - before < 60);
    assert_eq!(reads_of_all(server), reads);
    assert_eq!(db.request_work("cpu").await.unwrap().unwrap().stream_id, late);
    assert_eq!(db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn ages_far_apart_cost_no_more_than_close_ones() {
    let server = Server::start().unwrap();
    for shards in [1, 3] {
        let (db, conn) = namespace(&server, shards).await;
        look(&db, &conn, &server).await;
    }
}

async fn namespace(server: &Server, shards: u16) -> (TaskDb, Conn) {
    let config = Config::from_url(&server.url()).unwrap().shards(shards);
    opened(config.namespace(format!("shards-{shards}").parse().unwrap())).await
}

#[tokio::test]
async fn streams_of_an_earlier_release_are_found_and_listed_by_a_repair() {
    let server = Server::start().unwrap();
    for shards in [1, 3] {
        let (db, _) = namespace(&server, shards).await;
        let mut all: Vec<_> = ages().into_iter().step_by(20).collect();
        db.import(all.iter().copied().map(stream).collect()).await.unwrap();
        let gone = db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
        db.delete_stream(&gone).await.unwrap();
        forget_numbers(&server);
        // One more, so that there is a list again, which lacks the others.
        db.import(vec![stream(10 * LAST)]).await.unwrap();
        all.push(10 * LAST);
        assert_eq!(listed(&db).await, all);
        assert!(reads_of_all(&server) > 0);
        assert_eq!(db.repair().await.unwrap(), Default::default());
        let reads = reads_of_all(&server);
        assert_eq!(listed(&db).await, all);
        assert_eq!(reads_of_all(&server), reads);
    }
}

#[tokio::test]
async fn a_number_is_listed_once_whoever_had_it_before() {
    let server = Server::start().unwrap();
    for shards in [1, 3] {
        let (db, _) = namespace(&server, shards).await;
        let mut ages = Vec::new();
        for _ in 0..3 {
            let stream = db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
            ages.push(db.stream_info(&stream).await.unwrap().age);
            db.delete_stream(&stream).await.unwrap();
        }
        ages[2] = LAST;
        let streams = ages.iter().map(|age| (Uuid::new_v4(), *age)).collect::<Vec<_>>();
        db.import(streams.iter().map(|(id, age)| stream_as(*id, *age)).collect()).await.unwrap();
        for (stream, _) in &streams {
            db.create_job(stream, &json!(1), 3, 60, "user").await.unwrap();
        }
        for unlisted in [false, true] {
            if unlisted {
                forget_numbers(&server);
            }
            assert_eq!(listed(&db).await, ages);
            // A job and its task for each.
            assert_eq!(exported(&db).await, 3 * ages.len());
            let counts = db.get_task_state_counts().await.unwrap();
            assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), 3);
            assert_eq!(db.audit().await.unwrap(), []);
        }
        assert_eq!(db.repair().await.unwrap(), Default::default());
        assert_eq!(listed(&db).await, ages);
    }
}
