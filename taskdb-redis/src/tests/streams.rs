//! Streams over several shards: spread, mended, changed and deleted everywhere or nowhere.

use serde_json::json;
use taskdb_core::{NewTask, TaskDbErr};
use uuid::Uuid;

use super::shards::{USER, World};

/// What a shard has stored of a stream.
fn stored(w: &World, shard: usize, stream: &Uuid) -> Option<(String, String, String)> {
    let streams = w.key(shard, "streams");
    let number: Option<String> = w.server.cli(&["HGET", &streams, &stream.to_string()]).unwrap();
    let settings = w.key(shard, &format!("stream:{}:counters", number?));
    let command = ["HMGET", &settings, "reserved", "be_mult", "paused"];
    let (reserved, be_mult, paused): (String, String, Option<String>) =
        w.server.cli(&command).unwrap();
    Some((reserved, be_mult, paused.unwrap_or_else(|| "0".to_owned())))
}

fn everywhere(w: &World, stream: &Uuid) -> Vec<Option<(String, String, String)>> {
    (0..3).map(|shard| stored(w, shard, stream)).collect()
}

/// Takes a stream from a shard, as a failover might.
fn lose(w: &World, shard: usize, stream: &Uuid) {
    for key in ["streams", "stream_versions"] {
        let key = w.key(shard, key);
        w.server.cli::<()>(&["HDEL", &key, &stream.to_string()]).unwrap();
    }
}

#[tokio::test]
async fn a_stream_is_everywhere_with_its_settings() {
    let w = World::new().await;
    for user in ["a", "b", "c", "d", "e"] {
        let stream = w.db.create_stream("cpu", 2, 0.5, user).await.unwrap();
        let known = w.other.get_or_create_stream("cpu", 9, 9.0, user).await.unwrap();
        assert_eq!(known, stream);
        let expected = |paused: &str| Some(("2".to_owned(), "0.5".to_owned(), paused.to_owned()));
        assert_eq!(everywhere(&w, &stream), vec![expected("0"); 3]);
        w.other.pause_stream(&stream).await.unwrap();
        assert_eq!(everywhere(&w, &stream), vec![expected("1"); 3]);
        w.db.resume_stream(&stream).await.unwrap();
        w.db.update_stream(&stream, 7, 3.0).await.unwrap();
        let expected = Some(("7".to_owned(), "3.0".to_owned(), "0".to_owned()));
        assert_eq!(everywhere(&w, &stream), vec![expected; 3]);
    }
    let streams = w.db.list_streams(None, 9).await.unwrap();
    let ages: std::collections::BTreeSet<_> = streams.iter().map(|s| s.age).collect();
    assert_eq!((streams.len(), ages.len()), (5, 5));
    w.sound().await;
}

#[tokio::test]
async fn a_shard_that_lacks_a_stream_gets_it_when_it_is_needed() {
    let w = World::new().await;
    let stream = w.stream().await;
    w.db.pause_stream(&stream).await.unwrap();
    for shard in 0..3 {
        lose(&w, shard, &stream);
        let job = w.job_in(shard, stream).await;
        assert_eq!(stored(&w, shard, &stream).unwrap().2, "1");
        lose(&w, shard, &stream);
        w.other.create_tasks(&job, [NewTask::new("a", stream, json!(1))]).await.unwrap();
        w.db.resume_stream(&stream).await.unwrap();
        let init = w.db.request_work("cpu").await.unwrap().unwrap();
        w.db.pause_stream(&stream).await.unwrap();
        lose(&w, shard, &stream);
        let child = [NewTask::new("b", stream, json!(1))];
        assert!(w.db.complete_with_children(&init.claim, &json!(1), child).await.unwrap());
        assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 3);
        w.db.cancel_job(&job).await.unwrap();
    }
    let unknown = w.db.create_job(&Uuid::new_v4(), &json!(1), 0, 60, USER).await;
    assert!(unknown.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_stream_with_work_in_any_shard_stays_in_all() {
    let w = World::new().await;
    let stream = w.stream().await;
    for shard in 0..3 {
        let job = w.job_in(shard, stream).await;
        let error = w.other.delete_stream(&stream).await.unwrap_err();
        assert!(matches!(error, TaskDbErr::InvalidState { .. }), "{error}");
        assert!(everywhere(&w, &stream).iter().all(Option::is_some));
        w.db.cancel_job(&job).await.unwrap();
    }
    // What was refused has left nothing behind: every shard takes work.
    for shard in 0..3 {
        let job = w.job_in(shard, stream).await;
        w.db.cancel_job(&job).await.unwrap();
    }
    w.other.delete_stream(&stream).await.unwrap();
    assert_eq!(everywhere(&w, &stream), [None, None, None]);
    assert!(w.db.stream_info(&stream).await.unwrap_err().is_not_found());
    for _ in 0..9 {
        let call = w.db.create_job(&stream, &json!(1), 0, 60, USER).await;
        assert!(call.unwrap_err().is_not_found());
    }
    w.db.delete_stream(&stream).await.unwrap();
    w.sound().await;
}

/// A process that deletes a stream and dies half way.
#[tokio::test]
async fn an_interrupted_deletion_is_ended_by_the_next() {
    let w = World::new().await;
    let stream = w.stream().await;
    let home = w.shards.home(USER, "cpu");
    let number: String =
        w.server.cli(&["HGET", &w.key(home, "streams"), &stream.to_string()]).unwrap();
    let settings = w.key(home, &format!("stream:{number}:counters"));
    w.server.cli::<()>(&["HSET", &settings, "closing", "1"]).unwrap();
    let gone = (home + 1) % 3;
    lose(&w, gone, &stream);
    // It is not given back to a shard while its home is closing.
    let job = taskdb_core::NewJob::new(USER, stream, json!(1)).id(w.id_in(gone));
    assert!(w.other.create_job_with(job).await.unwrap_err().is_not_found());
    let job = w.job_in(home, stream).await;
    let error = w.db.delete_stream(&stream).await.unwrap_err();
    assert!(matches!(error, TaskDbErr::InvalidState { .. }), "{error}");
    w.db.cancel_job(&job).await.unwrap();
    w.db.delete_stream(&stream).await.unwrap();
    assert_eq!(everywhere(&w, &stream), [None, None, None]);
    w.sound().await;
}

#[tokio::test]
async fn changes_that_overtake_each_other_leave_one_setting() {
    let w = World::new().await;
    let stream = w.stream().await;
    for round in 0..10 {
        let update = async |db: &taskdb_core::TaskDb, reserved| {
            db.update_stream(&stream, reserved, 1.0).await.unwrap();
        };
        let (a, b) = (2 * round, 2 * round + 1);
        tokio::join!(update(&w.db, a), update(&w.other, b), update(&w.db, 100 + a));
        let copies = everywhere(&w, &stream);
        assert!(copies.iter().all(|copy| *copy == copies[0]), "{copies:?}");
    }
}

/// Either the stream is gone from everywhere, or it is everywhere and the jobs run.
#[tokio::test]
async fn a_deletion_and_new_jobs_race() {
    let w = World::new().await;
    for round in 0..40 {
        let stream = w.db.create_stream("cpu", 1, 1.0, &format!("user-{round}")).await.unwrap();
        let create = async |shard| {
            // A little later each round, so that they meet the deletion at every step.
            for _ in 0..round % 8 {
                w.other.describe().await.unwrap();
            }
            let job = taskdb_core::NewJob::new(USER, stream, json!(1)).id(w.id_in(shard));
            w.other.create_job_with(job).await
        };
        let (first, second, a, b, c) = tokio::join!(
            w.db.delete_stream(&stream),
            w.other.delete_stream(&stream),
            create(0),
            create(1),
            create(2)
        );
        let deleted = first.or(second);
        let jobs: Vec<_> = [a, b, c].into_iter().filter_map(Result::ok).collect();
        match deleted {
            Ok(()) => {
                assert!(jobs.is_empty(), "a job of a deleted stream: {jobs:?}");
                assert_eq!(everywhere(&w, &stream), [None, None, None]);
            }
            Err(TaskDbErr::InvalidState { .. }) => {
                for shard in 0..3 {
                    w.job_in(shard, stream).await;
                }
            }
            Err(other) => panic!("{other}"),
        }
        w.sound().await;
    }
}
