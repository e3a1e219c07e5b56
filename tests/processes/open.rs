//! A file that many open at once while it does not exist yet, and a file that a
//! newer release has written.

use std::path::Path;
use std::sync::{Arc, Barrier};

use serde_json::json;
use taskdb::sqlite::Config;
use taskdb::{Result, TaskDb, TaskDbErr};

use crate::child::{self, Child, Role, Setup, emit};
use taskdb_testkit::rng;

const FILES: usize = 20;
const OPENERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_and_new_handles() {
    println!("TASKDB_SEED={}", rng::seed());
    let folder = tempfile::tempdir().expect("a folder");
    let mut children: Vec<_> = (0..OPENERS as u64)
        .map(|number| Child::spawn(Role::Opener, folder.path(), number))
        .collect();
    for child in &mut children {
        child.ready().await;
    }
    for number in 0..FILES {
        let path = folder.path().join(format!("{number}.db"));
        let answers = if number % 2 == 0 {
            by_processes(&path, &mut children).await
        } else {
            by_threads(&path).await
        };
        // All have the same stream, and each has a job in it.
        assert!(answers[0].starts_with("stream "), "file {number}: {answers:?}");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "file {number}: {answers:?}");
        let db = child::open(&path).await;
        let work = db.request_work_batch("cpu", 100, None).await.expect("work");
        assert_eq!(work.len(), OPENERS, "file {number}");
        assert_eq!(db.audit().await.expect("an audit"), []);
    }
    for child in children {
        child.end().await;
    }
}

async fn by_processes(path: &Path, children: &mut [Child]) -> Vec<String> {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
    children.iter_mut().for_each(|child| child.send(name));
    let mut answers = Vec::new();
    for child in children {
        answers.push(child.line().await.expect("an answer"));
    }
    answers
}

async fn by_threads(path: &Path) -> Vec<String> {
    let start = Arc::new(Barrier::new(OPENERS));
    let threads: Vec<_> = (0..OPENERS)
        .map(|_| {
            let (start, path) = (Arc::clone(&start), path.to_owned());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                start.wait();
                runtime.expect("a runtime").block_on(answer(&path))
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("it ends well")).collect()
}

/// Opens the file and uses it; what came of it in words.
async fn answer(path: &Path) -> String {
    let used = async {
        let db = Config::at(path).connect().await?;
        let stream_id = db.get_or_create_stream("cpu", 0, 1.0, "alice").await?;
        db.create_job(&stream_id, &json!({}), 0, 60, "alice").await?;
        Ok::<_, TaskDbErr>(stream_id)
    };
    used.await
        .map_or_else(|error| format!("error: {error}"), |stream_id| format!("stream {stream_id}"))
}

/// Opens the files that the parent names.
pub(crate) async fn run_child() {
    let Setup { path, mut commands, .. } = child::begin();
    while let Some(name) = commands.recv().await {
        emit(&answer(&path.join(name)).await);
    }
}

#[tokio::test]
async fn a_file_of_a_newer_release_is_judged_by_the_reader_it_asks_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("newer.db");
    drop(child::open(&path).await);
    let stored = format(&path);
    let (min_reader, newer) = (stored / 10_000, 9_999);
    set_format(&path, min_reader * 10_000 + newer);
    let db = open(&path).await.expect("a newer format that allows this reader");
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(format(&path), min_reader * 10_000 + newer, "it is left as it was");
    drop(db);
    set_format(&path, newer * 10_000 + newer);
    match open(&path).await {
        Err(TaskDbErr::Format { found: 9_999, supported }) => assert!(supported >= min_reader),
        other => panic!("{other:?}"),
    }
    assert_eq!(format(&path), newer * 10_000 + newer, "a refused file is left as it was");
}

async fn open(path: &Path) -> Result<TaskDb> {
    Config::at(path).connect().await
}

fn format(path: &Path) -> u32 {
    let file = rusqlite::Connection::open(path).expect("the file opens");
    file.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
}

fn set_format(path: &Path, version: u32) {
    let file = rusqlite::Connection::open(path).expect("the file opens");
    file.pragma_update(None, "user_version", version).expect("it is set");
}
