//! Cases of `get_concurrent_jobs`.

use super::support::*;

cases!(get_concurrent_jobs:
    an_unknown_user_has_none,
    only_running_jobs_of_the_user_count,
    a_reopened_or_replayed_job_counts_again,
    a_name_that_cannot_exist_is_refused,
);

async fn count(w: &World, user: &str) -> i64 {
    w.other.get_concurrent_jobs(user).await.unwrap()
}

async fn an_unknown_user_has_none(w: World) {
    w.fresh().await;
    assert_eq!(count(&w, "nobody").await, 0);
}

async fn only_running_jobs_of_the_user_count(w: World) {
    let (stream, first) = w.fresh().await;
    let jobs = [first, w.job(stream).await, w.job(stream).await, w.job(stream).await];
    w.db.create_job(&stream, &json!(1), 0, 60, "bob").await.unwrap();
    assert_eq!((count(&w, USER).await, count(&w, "bob").await), (4, 1));
    assert!(w.db.update_task_done(&jobs[0], "init", json!(1)).await.unwrap());
    assert_eq!(count(&w, USER).await, 3);
    assert!(w.db.update_task_failed(&jobs[1], "init", "broken").await.unwrap());
    assert_eq!(count(&w, USER).await, 2);
    w.db.cancel_job(&jobs[2]).await.unwrap();
    assert_eq!(count(&w, USER).await, 1);
    w.db.delete_job(&jobs[3]).await.unwrap();
    assert_eq!((count(&w, USER).await, count(&w, "bob").await), (0, 1));
}

async fn a_reopened_or_replayed_job_counts_again(w: World) {
    let (stream, job) = w.fresh().await;
    w.run(&["init"]).await;
    assert_eq!(count(&w, USER).await, 0);
    w.add(&job, task("more", stream)).await;
    assert_eq!(count(&w, USER).await, 1);
    w.db.cancel_job(&job).await.unwrap();
    assert_eq!(count(&w, USER).await, 0);
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(count(&w, USER).await, 1);
}

async fn a_name_that_cannot_exist_is_refused(w: World) {
    let call = w.db.get_concurrent_jobs("").await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "user_id", .. });
}
