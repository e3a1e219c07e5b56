//! Names of users, worker types, tasks and keys: every store gives them back as they came, and
//! never takes one for another, whatever it makes of them inside.

use std::collections::BTreeMap;

use serde_json::json;
use taskdb::{NewJob, NewTask, TaskDb, TaskDbErr};
use taskdb_testkit::fuzz::Bender;
use taskdb_testkit::rng::Rng;
use uuid::Uuid;

use crate::stores;

/// How many pairs and how many names a store gets.
const PAIRS: usize = 120;
const NAMES: usize = 400;

/// Names as they are and bent, each once; some are refused by what all stores share.
fn names(count: usize) -> Vec<String> {
    let texts = Bender::new(include_str!("corpus/names.txt").lines()).texts();
    let mut names: Vec<String> = texts.take(count).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether a name is one, by the answer of a call that it was given to.
fn is_name<T>(answer: taskdb::Result<T>) -> Option<T> {
    match answer.as_ref().map_err(TaskDbErr::root) {
        Err(TaskDbErr::InvalidArgument { .. }) => None,
        _ => Some(answer.unwrap_or_else(|error| panic!("{error}"))),
    }
}

async fn check(db: &TaskDb) {
    streams(db).await;
    let stream = db.create_stream("plain", 1, 1.0, "plain").await.expect("a stream");
    tasks(db, &stream).await;
    keys(db, &stream).await;
    assert_eq!(db.audit().await.expect("an audit"), []);
}

async fn streams(db: &TaskDb) {
    let names = names(NAMES);
    let mut rng = Rng::new(7);
    let mut pick = || names[usize::try_from(rng.below(names.len() as u64)).unwrap_or(0)].clone();
    let mut made = BTreeMap::new();
    for (user, worker_type) in std::iter::repeat_with(|| (pick(), pick())).take(PAIRS) {
        let answer = db.get_or_create_stream(&worker_type, 1, 1.0, &user).await;
        let Some(stream) = is_name(answer) else { continue };
        let known = made.insert((user, worker_type), stream);
        assert!(known.is_none_or(|known| known == stream));
    }
    assert!(made.len() > PAIRS / 2, "hardly a name is one");
    for ((user, worker_type), stream) in &made {
        let found = db.get_stream(user, worker_type).await.expect("an answer");
        assert_eq!(found, Some(*stream), "{user:?} {worker_type:?}");
    }
    let listed = db.list_streams(None, 1_000).await.expect("streams");
    let listed: BTreeMap<_, _> =
        listed.into_iter().map(|s| ((s.user_id, s.worker_type), s.stream_id)).collect();
    assert_eq!(listed, made);
}

async fn tasks(db: &TaskDb, stream: &Uuid) {
    let job = db.create_job(stream, &json!(1), 3, 60, "plain").await.expect("a job");
    let mut made = vec!["init".to_owned()];
    for name in names(NAMES).into_iter().filter(|name| name != "init") {
        let task = NewTask::new(&name, *stream, json!(name)).after([made.last().expect("one")]);
        if is_name(db.create_task_with(&job, task).await).is_some() {
            made.push(name);
        }
    }
    let listed = db.list_tasks(&job, None, None, 1_000).await.expect("tasks");
    let listed: Vec<_> = listed.into_iter().map(|task| task.task_id).collect();
    assert_eq!(listed, made);
    for pair in made.windows(2) {
        let task = db.get_task(&job, &pair[1]).await.expect("it is found");
        assert_eq!((&task.prerequisites[..], &task.task_id), (&pair[..1], &pair[1]));
    }
}

async fn keys(db: &TaskDb, stream: &Uuid) {
    let mut made = BTreeMap::new();
    for key in names(NAMES) {
        let job = NewJob::new("plain", *stream, json!(1)).key(&key);
        if let Some(job) = is_name(db.create_job_with(job).await) {
            made.insert(key, job);
        }
    }
    for (key, job) in &made {
        let again = NewJob::new("plain", *stream, json!(1)).key(key);
        assert_eq!(db.create_job_with(again).await.expect("it is there"), *job, "{key:?}");
    }
}

#[tokio::test]
async fn sqlite_keeps_names_apart() {
    check(&taskdb::connect("memory:").await.expect("it opens")).await;
}

#[tokio::test]
async fn redis_keeps_names_apart() {
    check(&stores::redis(&format!("names-{}", std::process::id())).await).await;
}

#[tokio::test]
async fn postgres_keeps_names_apart() {
    check(&stores::postgres(&format!("names-{}", std::process::id())).await).await;
}
