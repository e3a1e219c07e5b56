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
    Record::Stream(StreamRecord {
        stream_id: Uuid::new_v4(),
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

async fn look(db: &TaskDb, conn: &Conn) {
    let records: Vec<_> = ages().into_iter().map(stream).collect();
    for records in records.chunks(100) {
        db.import(records.to_vec()).await.unwrap();
    }
    let before = conn.round_trips();
    assert_eq!(listed(db).await, ages());
    let (mut exported, mut cursor) = (0, None);
    loop {
        let page = db.export(cursor, 1_000).await.unwrap();
        exported += page.records.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(exported, ages().len());
    db.get_task_state_counts().await.unwrap();
    let trips = conn.round_trips() - before;
    assert!(trips < 60, "{trips} round trips for {} streams", ages().len());

    // The next age is beyond all of them, and so is its work.
    let late = db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
    assert!(db.stream_info(&late).await.unwrap().age > LAST);
    db.create_job(&late, &json!(1), 3, 60, "user").await.unwrap();
    let before = conn.round_trips();
    assert_eq!(db.repair().await.unwrap(), Default::default());
    assert!(conn.round_trips() - before < 60);
    assert_eq!(db.request_work("cpu").await.unwrap().unwrap().stream_id, late);
    assert_eq!(db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn ages_far_apart_cost_no_more_than_close_ones() {
    let server = Server::start().unwrap();
    for shards in [1, 3] {
        let config = Config::from_url(&server.url()).unwrap().shards(shards);
        let config = config.namespace(format!("shards-{shards}").parse().unwrap());
        let (db, conn) = opened(config).await;
        look(&db, &conn).await;
    }
}
