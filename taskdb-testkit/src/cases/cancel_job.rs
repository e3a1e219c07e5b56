//! Cases of `cancel_job`.

use super::support::*;

cases!(cancel_job:
    what_waits_is_cancelled,
    running_tasks_lose_their_claims_at_once,
    names_no_longer_reach_a_running_task,
    a_finished_job_stays_as_it_is,
    an_unknown_job_is_not_found,
    other_jobs_go_on,
    nothing_can_be_added,
    a_call_that_closed_a_claim_is_still_answered,
    those_who_hold_claims_hear_of_it,
);

async fn what_waits_is_cancelled(w: World) {
    let tasks = |s| vec![task("a", s), task("b", s).after(["a"]), task("c", s).delay(secs(9))];
    let (_, job) = w.graph(tasks).await;
    w.other.cancel_job(&job).await.unwrap();
    let info = w.db.get_job(&job).await.unwrap();
    assert_eq!((info.state, info.error.as_deref()), (JobState::Cancelled, Some("cancelled")));
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "cancelled");
    assert_eq!((info.tasks, info.unresolved), (4, 3));
    let cancelled = TaskState::Cancelled;
    w.states(&job, &[("init", TaskState::Done), ("a", cancelled), ("b", cancelled)]).await;
    w.clock.advance(secs(10));
    w.idle().await;
    assert_eq!(w.state(&job, "c").await, cancelled);
    assert_eq!(w.db.get_concurrent_jobs(USER).await.unwrap(), 0);
}

async fn running_tasks_lose_their_claims_at_once(w: World) {
    let (stream, job, init) = w.started().await;
    w.db.cancel_job(&job).await.unwrap();
    assert_eq!(w.state(&job, "init").await, TaskState::Cancelled);
    assert_eq!(w.running(&stream).await, 0);
    let claim = &init.claim;
    lost!(w.db.complete(claim, &json!(1)).await, Cancelled);
    lost!(w.db.complete_with_children(claim, &json!(1), [task("x", stream)]).await, Cancelled);
    lost!(w.db.fail(claim, "late").await, Cancelled);
    lost!(w.db.progress(claim, 0.9).await, Cancelled);
    lost!(w.db.retry(claim, secs(0)).await, Cancelled);
    lost!(w.db.release(claim).await, Cancelled);
    lost!(w.db.renew(std::slice::from_ref(claim), None).await.unwrap().remove(0), Cancelled);
    w.clock.advance(secs(100));
    assert_eq!(w.db.requeue_tasks(10).await.unwrap(), 0);
    assert_eq!(w.state(&job, "init").await, TaskState::Cancelled);
}

async fn names_no_longer_reach_a_running_task(w: World) {
    let (_, job, _) = w.started().await;
    w.db.cancel_job(&job).await.unwrap();
    assert!(!w.db.update_task_done(&job, "init", json!(1)).await.unwrap());
    assert!(!w.db.update_task_failed(&job, "init", "x").await.unwrap());
    assert!(!w.db.update_task_progress(&job, "init", 0.5).await.unwrap());
    assert!(!w.db.update_task_retry(&job, "init").await.unwrap());
    assert_eq!(w.db.get_task_retries_running(&job, "init").await.unwrap(), None);
    assert_eq!(w.db.get_job_failure(&job).await.unwrap(), "cancelled");
}

async fn a_finished_job_stays_as_it_is(w: World) {
    let (stream, done, init) = w.started().await;
    w.finish(&init).await;
    let failed = w.job(stream).await;
    let init = w.take("init").await;
    w.fail(&init, "broken").await;
    let cancelled = w.job(stream).await;
    w.db.cancel_job(&cancelled).await.unwrap();
    for job in [done, failed, cancelled] {
        let before = w.db.get_job(&job).await.unwrap();
        w.clock.advance(secs(1));
        w.db.cancel_job(&job).await.unwrap();
        assert_eq!(w.db.get_job(&job).await.unwrap(), before);
    }
}

async fn an_unknown_job_is_not_found(w: World) {
    let id = Uuid::new_v4();
    expect_err!(w.db.cancel_job(&id).await, TaskDbErr::NotFound { entity: Entity::Job(j) } if j == id);
}

async fn other_jobs_go_on(w: World) {
    let (stream, first, _) = w.started().await;
    let second = w.job(stream).await;
    w.db.cancel_job(&first).await.unwrap();
    let init = w.claim().await;
    assert_eq!(init.job_id, second);
    w.finish(&init).await;
    assert_eq!(w.job_state(&second).await, JobState::Done);
}

async fn nothing_can_be_added(w: World) {
    let (stream, job) = w.fresh().await;
    w.db.cancel_job(&job).await.unwrap();
    let call = w.db.create_task_with(&job, task("a", stream)).await;
    expect_err!(call, TaskDbErr::JobFinished { job_id, state: JobState::Cancelled } if job_id == job);
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
}

async fn a_call_that_closed_a_claim_is_still_answered(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("next", stream).after(["init"])).await;
    assert!(w.db.complete(&init.claim, &json!(7)).await.unwrap());
    w.db.cancel_job(&job).await.unwrap();
    assert!(w.db.complete(&init.claim, &json!(7)).await.unwrap());
    lost!(w.db.complete(&init.claim, &json!(8)).await, Finished);
    assert_eq!(w.db.get_task_output::<i32>(&job, "init").await.unwrap(), 7);
}

async fn those_who_hold_claims_hear_of_it(w: World) {
    let mut hints = w.db.claim_hints();
    let stream = w.stream().await;
    for way in ["cancel_job", "cancel_task", "delete_job", "update_task_failed"] {
        // A hint may be lost, as while the store is only beginning to be listened to.
        let mut heard = false;
        for _ in 0..40 {
            let job = w.job(stream).await;
            w.add(&job, task("a", stream)).await;
            let (_init, _a) = (w.take("init").await, w.take("a").await);
            match way {
                "cancel_job" => w.db.cancel_job(&job).await.unwrap(),
                "cancel_task" => w.db.cancel_task(&job, "a").await.unwrap(),
                "delete_job" => w.db.delete_job(&job).await.unwrap(),
                _ => assert!(w.db.update_task_failed(&job, "a", "broken").await.unwrap()),
            }
            heard |= tokio::time::timeout(secs(1) / 4, hints.next()).await.is_ok();
            w.db.delete_job(&job).await.unwrap();
            // What follows for those that still ran is not what is asked for.
            while tokio::time::timeout(secs(1) / 20, hints.next()).await.is_ok() {}
            if heard {
                break;
            }
        }
        assert!(heard, "{way}");
    }
}
