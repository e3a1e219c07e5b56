//! Streams that were deleted and come back by an import: as themselves, in every shard, or not at
//! all.

use serde_json::json;
use taskdb_core::record::{Record, StreamRecord};
use taskdb_core::{JobState, TaskDb, TaskDbErr};
use taskdb_testkit::servers::redis::Server;
use uuid::Uuid;

use super::opened;
use super::shards::{USER, World};
use crate::config::Config;

async fn records(db: &TaskDb) -> Vec<Record> {
    let (mut records, mut cursor) = (Vec::new(), None);
    loop {
        let page = db.export(cursor, 1_000).await.unwrap();
        records.extend(page.records);
        cursor = page.next;
        if cursor.is_none() {
            return records;
        }
    }
}

fn is_stream(record: &Record) -> bool {
    matches!(record, Record::Stream(_))
}

/// The same with this age and id for the stream.
fn with_stream(records: &[Record], stream_id: Option<Uuid>, age: u64) -> Vec<Record> {
    let change = |record: &Record| match record {
        Record::Stream(stream) => {
            let stream_id = stream_id.unwrap_or(stream.stream_id);
            Record::Stream(StreamRecord { stream_id, age, ..stream.clone() })
        }
        other => other.clone(),
    };
    records.iter().map(change).collect()
}

/// The streams that an export has: ids, ages, and whether they are deleted.
async fn streams(db: &TaskDb) -> Vec<(Uuid, u64, bool)> {
    let of = |record| match record {
        Record::Stream(stream) => Some((stream.stream_id, stream.age, stream.deleted)),
        _ => None,
    };
    records(db).await.into_iter().filter_map(of).collect()
}

async fn assert_refused(db: &TaskDb, records: &[Record]) {
    let before = self::records(db).await;
    let error = db.import(records.to_vec()).await.unwrap_err();
    assert!(matches!(error, TaskDbErr::InvalidArgument { .. }), "{error}");
    assert_eq!(self::records(db).await, before);
}

#[tokio::test]
async fn a_deleted_stream_is_not_the_one_that_has_its_number_now() {
    let server = Server::start().unwrap();
    let namespace = async |name: &str| {
        let config = Config::from_url(&server.url()).unwrap();
        opened(config.namespace(name.parse().unwrap())).await.0
    };
    let (from, db) = (namespace("from").await, namespace("to").await);
    let a = from.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let job = from.create_job(&a, &json!(1), 3, 60, USER).await.unwrap();
    let all = records(&from).await;
    let (only_streams, without): (Vec<_>, Vec<_>) = all.iter().cloned().partition(is_stream);

    db.import(only_streams.clone()).await.unwrap();
    db.delete_stream(&a).await.unwrap();
    let b = Uuid::new_v4();
    db.import(with_stream(&only_streams, Some(b), 0)).await.unwrap();
    assert_eq!(streams(&db).await, [(b, 0, false)]);

    assert_refused(&db, &without).await;
    assert_refused(&db, &all).await;
    db.import(with_stream(&all, None, 7)).await.unwrap();
    assert_eq!(streams(&db).await, [(b, 0, false), (a, 7, false)]);
    assert_eq!(db.stream_info(&b).await.unwrap().ready, [0; 3]);
    let task = db.request_work("cpu").await.unwrap().unwrap();
    assert_eq!((task.job_id, task.stream_id), (job, a));
    assert_eq!(db.audit().await.unwrap(), []);
}

/// A stream with a job that is done in each shard, and an export of them.
async fn done_everywhere(w: &World) -> (Uuid, Vec<Uuid>, Vec<Record>) {
    let (stream, mut jobs) = (w.stream().await, Vec::new());
    for shard in 0..3 {
        let job = w.job_in(shard, stream).await;
        assert!(w.db.update_task_done(&job, "init", json!(shard)).await.unwrap());
        jobs.push(job);
    }
    (stream, jobs, records(&w.db).await)
}

async fn assert_done(w: &World, jobs: &[Uuid]) {
    for job in jobs {
        assert_eq!(w.other.get_job_state(job, USER).await.unwrap(), JobState::Done);
    }
    w.sound().await;
}

#[tokio::test]
async fn a_stream_that_all_shards_have_forgotten_comes_back_to_all() {
    let w = World::new().await;
    let (stream, jobs, all) = done_everywhere(&w).await;
    for job in &jobs {
        w.db.delete_job(job).await.unwrap();
    }
    w.db.delete_stream(&stream).await.unwrap();
    assert_eq!(streams(&w.db).await, []);
    let without: Vec<_> = all.iter().filter(|record| !is_stream(record)).cloned().collect();
    assert_refused(&w.db, &without).await;
    w.db.import(all.clone()).await.unwrap();
    assert_eq!(records(&w.db).await, all);
    assert_done(&w, &jobs).await;
    // It is a stream as any other.
    for shard in 0..3 {
        let job = w.job_in(shard, stream).await;
        assert!(w.db.update_task_done(&job, "init", json!(1)).await.unwrap());
    }
    w.other.delete_stream(&stream).await.unwrap();
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), None);
    w.sound().await;
}

#[tokio::test]
async fn a_deleted_stream_that_one_shard_still_has_stays_deleted_in_all() {
    for shard in 0..3 {
        let w = World::new().await;
        let (stream, jobs, all) = done_everywhere(&w).await;
        let age = w.db.stream_info(&stream).await.unwrap().age;
        for job in jobs.iter().filter(|job| **job != jobs[shard]) {
            w.db.delete_job(job).await.unwrap();
        }
        w.db.delete_stream(&stream).await.unwrap();
        assert_eq!(streams(&w.db).await, [(stream, age, true)]);
        // Even if the records have another age for it.
        w.db.import(with_stream(&all, None, 50)).await.unwrap();
        assert_eq!(streams(&w.db).await, [(stream, age, true)]);
        assert_done(&w, &jobs).await;
    }
}
