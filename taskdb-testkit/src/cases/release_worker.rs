//! Cases of `release_worker`.

use super::support::*;

cases!(release_worker:
    all_of_one_worker_go_back,
    an_unknown_worker_holds_nothing,
    finished_tasks_stay,
);

async fn all_of_one_worker_go_back(w: World) {
    let (cpu, gpu) = (w.stream().await, w.lane("gpu", 0, 1.0, USER).await);
    for stream in [cpu, cpu, gpu] {
        w.job(stream).await;
    }
    let (ann, bob) = (w.db.as_worker("ann"), w.other.as_worker("bob"));
    let first = ann.request_work("cpu").await.unwrap().unwrap();
    let second = bob.request_work("cpu").await.unwrap().unwrap();
    let third = ann.request_work("gpu").await.unwrap().unwrap();
    assert_eq!(w.db.release_worker("ann").await.unwrap(), 2);
    for job in [first.job_id, third.job_id] {
        let info = w.info(&job, "init").await;
        assert_eq!((info.state, info.retries), (TaskState::Ready, 0));
    }
    assert_eq!(w.state(&second.job_id, "init").await, TaskState::Running);
    lost!(w.db.complete(&first.claim, &json!(1)).await, Requeued);
    lost!(w.db.complete(&third.claim, &json!(1)).await, Requeued);
    w.finish(&second).await;
    assert_eq!(w.db.release_worker("ann").await.unwrap(), 0);
    assert_eq!(w.claim().await.job_id, first.job_id);
}

async fn an_unknown_worker_holds_nothing(w: World) {
    let (_, job, _) = w.started().await;
    assert_eq!(w.db.release_worker("nobody").await.unwrap(), 0);
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
}

async fn finished_tasks_stay(w: World) {
    let (_, job) = w.fresh().await;
    let init = w.db.as_worker("ann").request_work("cpu").await.unwrap().unwrap();
    w.finish(&init).await;
    assert_eq!(w.db.release_worker("ann").await.unwrap(), 0);
    assert_eq!(w.job_state(&job).await, JobState::Done);
}
