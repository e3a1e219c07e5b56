//! A server that has reached its `maxmemory`.

use serde_json::json;
use taskdb_core::TaskDbErr;
use taskdb_testkit::servers::redis::{Options, Server};

use super::opened;
use crate::config::Config;

const USER: &str = "user";
/// What one job holds, so that a few of them are megabytes.
const BYTES: usize = 100_000;

fn server(policy: &str) -> Server {
    let maxmemory = Some(("1gb".to_owned(), policy.to_owned()));
    Options { maxmemory, ..Options::default() }.start().unwrap()
}

fn is_full<T>(answer: &taskdb_core::Result<T>) -> bool {
    matches!(answer, Err(TaskDbErr::StoreFull(_)))
}

/// Takes a megabyte less for the limit than is used.
fn make_full(server: &Server) {
    let info: String = server.cli(&["INFO", "memory"]).unwrap();
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
    let limit = used.trim().parse::<u64>().unwrap() - (1 << 20);
    server.cli::<()>(&["CONFIG", "SET", "maxmemory", &limit.to_string()]).unwrap();
}

#[tokio::test]
async fn what_ends_work_goes_on_and_what_makes_some_says_so() {
    let server = server("noeviction");
    let (db, _) = opened(Config::from_url(&server.url()).unwrap()).await;
    let stream = db.create_stream("cpu", 1, 1.0, USER).await.unwrap();
    let large = json!("x".repeat(BYTES));
    let mut jobs = Vec::new();
    for _ in 0..60 {
        jobs.push(db.create_job(&stream, &large, 3, 60, USER).await.unwrap());
    }
    make_full(&server);
    assert!(is_full(&db.create_job(&stream, &json!(1), 3, 60, USER).await));
    let error = db.create_stream("gpu", 1, 1.0, USER).await.unwrap_err();
    assert!(error.to_string().contains("maxmemory"), "{error}");

    // Claiming, renewing, finishing, failing, giving back and cancelling need no room.
    let claims = db.request_work_batch("cpu", 5, None).await.unwrap();
    let [done, parent, failed, retried, released] = claims.try_into().unwrap();
    let children = [taskdb_core::NewTask::new("child", stream, json!(1))];
    let refused = db.complete_with_children(&parent.claim, &json!(1), children.clone()).await;
    assert!(is_full(&refused), "{refused:?}");
    assert!(is_full(&db.create_tasks(&parent.job_id, children).await));
    assert!(db.progress(&done.claim, 0.5).await.unwrap());
    assert!(db.renew(std::slice::from_ref(&done.claim), None).await.unwrap()[0].is_ok());
    assert!(db.complete(&done.claim, &json!(1)).await.unwrap());
    assert!(db.complete(&parent.claim, &json!(2)).await.unwrap());
    assert!(db.fail(&failed.claim, "broken").await.unwrap());
    assert!(db.retry(&retried.claim, std::time::Duration::ZERO).await.unwrap());
    assert!(db.release(&released.claim).await.unwrap());
    db.cancel_job(&released.job_id).await.unwrap();
    assert_eq!(db.requeue_tasks(10).await.unwrap(), 0);
    db.pause_stream(&stream).await.unwrap();
    assert_eq!(db.audit().await.unwrap(), []);

    // Deleting makes room, and then everything is taken again.
    assert_eq!(db.clear_completed_jobs().await.unwrap(), 2);
    for job in &jobs[..30] {
        db.delete_job(job).await.unwrap();
    }
    // The server frees what was deleted in the background.
    let made =
        async { while is_full(&db.create_job(&stream, &json!("small"), 3, 60, USER).await) {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), made).await.unwrap();
    assert_eq!(db.audit().await.unwrap(), []);
}

#[tokio::test]
async fn a_server_that_may_evict_is_refused() {
    for policy in ["allkeys-lru", "volatile-ttl"] {
        let server = server(policy);
        let config = Config::from_url(&server.url()).unwrap();
        let error = config.clone().connect().await.unwrap_err();
        assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
        assert!(error.to_string().contains(policy), "{error}");
        config.allow_eviction(true).connect().await.unwrap();
        server.cli::<()>(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).unwrap();
        Config::from_url(&server.url()).unwrap().connect().await.unwrap();
    }
}
