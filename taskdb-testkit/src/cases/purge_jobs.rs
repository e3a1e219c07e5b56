//! Cases of `purge_jobs`.

use taskdb_core::request::PurgeJobs;
use taskdb_core::{Keep, Retention};

use super::support::*;

cases!(purge_jobs:
    only_the_state_that_is_named_goes,
    what_is_young_stays_until_its_time,
    kept_jobs_are_passed_by,
    more_than_a_step_goes,
    streams_and_claims_elsewhere_stay,
    running_jobs_cannot_be_named;
    ordered:
    the_newest_stay,
    a_job_that_may_not_go_holds_younger_ones,
);

async fn ended(w: &World, stream: Uuid, state: JobState) -> Uuid {
    let job = w.job(stream).await;
    let end = match state {
        JobState::Done => w.db.update_task_done(&job, "init", json!(1)).await,
        JobState::Failed => w.db.update_task_failed(&job, "init", "broken").await,
        _ => w.db.cancel_job(&job).await.map(|()| true),
    };
    assert!(end.unwrap());
    job
}

async fn purge(w: &World, older_than: Option<u64>, keep_newest: Option<u64>, limit: u64) -> u64 {
    let older_than = older_than.map(secs);
    let request = PurgeJobs { state: JobState::Done, older_than, keep_newest, limit };
    w.db.store().purge_jobs(request).await.unwrap()
}

async fn there(w: &World, jobs: &[Uuid]) -> Vec<bool> {
    let mut found = Vec::new();
    for job in jobs {
        found.push(w.other.get_job(job).await.is_ok());
    }
    found
}

async fn only_the_state_that_is_named_goes(w: World) {
    let stream = w.stream().await;
    let mut jobs = vec![w.job(stream).await];
    for state in [JobState::Done, JobState::Failed, JobState::Cancelled] {
        jobs.push(ended(&w, stream, state).await);
    }
    w.clock.advance(secs(100));
    let all = |age| Keep { age: Some(secs(age)), count: None };
    let purged = w.db.purge(&Retention { done: all(10), ..Retention::OFF }).await.unwrap();
    assert_eq!((purged.done, purged.failed, purged.cancelled), (1, 0, 0));
    assert_eq!(there(&w, &jobs).await, [true, false, true, true]);
    let retention = Retention { failed: all(10), cancelled: all(10), ..Retention::OFF };
    let purged = w.db.purge(&retention).await.unwrap();
    assert_eq!((purged.done, purged.failed, purged.cancelled), (0, 1, 1));
    assert_eq!(there(&w, &jobs).await, [true, false, false, false]);
    assert_eq!(w.claim().await.job_id, jobs[0]);
}

async fn what_is_young_stays_until_its_time(w: World) {
    let stream = w.stream().await;
    let job = ended(&w, stream, JobState::Done).await;
    w.clock.advance(secs(10) - std::time::Duration::from_micros(1));
    assert_eq!(purge(&w, Some(10), None, 9).await, 0);
    assert_eq!(purge(&w, None, None, 9).await, 0, "nothing says that it should go");
    w.clock.advance(std::time::Duration::from_micros(1));
    assert_eq!(purge(&w, Some(10), None, 0).await, 0, "of none");
    assert_eq!(purge(&w, Some(10), None, 9).await, 1);
    assert_eq!(there(&w, &[job]).await, [false]);
}

async fn the_newest_stay(w: World) {
    let stream = w.stream().await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(ended(&w, stream, JobState::Done).await);
    }
    assert_eq!(purge(&w, None, Some(5), 9).await, 0);
    assert_eq!(purge(&w, None, Some(2), 2).await, 2, "not more than the limit");
    assert_eq!(there(&w, &jobs).await, [false, false, true, true, true]);
    assert_eq!(purge(&w, None, Some(2), 9).await, 1);
    assert_eq!(there(&w, &jobs).await, [false, false, false, true, true]);
    assert_eq!(purge(&w, None, Some(0), 9).await, 2);
}

async fn kept_jobs_are_passed_by(w: World) {
    let stream = w.stream().await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(ended(&w, stream, JobState::Done).await);
    }
    w.db.keep_job(&jobs[0], true).await.unwrap();
    w.clock.advance(secs(60));
    assert_eq!(purge(&w, Some(10), Some(9), 9).await, 2);
    assert_eq!(there(&w, &jobs).await, [true, false, false]);
    assert_eq!(purge(&w, None, Some(1), 9).await, 0, "it does not count");
    w.db.keep_job(&jobs[0], false).await.unwrap();
    assert_eq!(purge(&w, Some(10), None, 9).await, 1);
}

async fn a_job_that_may_not_go_holds_younger_ones(w: World) {
    let stream = w.stream().await;
    let late = w.job(stream).await;
    let early = ended(&w, stream, JobState::Done).await;
    w.clock.advance(secs(60));
    assert!(w.db.update_task_done(&late, "init", json!(1)).await.unwrap());
    assert_eq!(purge(&w, Some(10), None, 9).await, 0);
    assert_eq!(there(&w, &[late, early]).await, [true, true]);
    w.clock.advance(secs(10));
    assert_eq!(purge(&w, Some(10), None, 9).await, 2);
}

async fn more_than_a_step_goes(w: World) {
    let stream = w.stream().await;
    for _ in 0..130 {
        ended(&w, stream, JobState::Done).await;
    }
    let retention =
        Retention { done: Keep { age: None, count: Some(5) }, ..Retention::default() };
    assert_eq!(w.db.purge(&retention).await.unwrap().done, 125);
    assert_eq!(w.db.purge(&retention).await.unwrap().done, 0);
}

async fn streams_and_claims_elsewhere_stay(w: World) {
    let (stream, job, init) = w.started().await;
    ended(&w, stream, JobState::Cancelled).await;
    let retention =
        Retention { cancelled: Keep { age: None, count: Some(0) }, ..Retention::OFF };
    assert_eq!(w.db.purge(&retention).await.unwrap().cancelled, 1);
    assert_eq!(w.db.get_stream(USER, "cpu").await.unwrap(), Some(stream));
    w.finish(&init).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn running_jobs_cannot_be_named(w: World) {
    let request =
        PurgeJobs { state: JobState::Running, older_than: None, keep_newest: None, limit: 1 };
    let call = w.db.store().purge_jobs(request).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "state", .. });
}
