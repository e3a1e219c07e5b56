//! Cases of `release_claims`.

use taskdb_core::request::ReleaseClaims;

use super::support::*;

cases!(release_claims:
    the_task_is_back_at_its_old_place,
    the_closing_call_is_answered_again,
    in_a_failed_job_it_is_cancelled,
    each_claim_is_judged_on_its_own,
);

async fn the_task_is_back_at_its_old_place(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let a = w.take("a").await;
    assert!(w.other.release(&a.claim).await.unwrap());
    let info = w.info(&job, "a").await;
    assert_eq!((info.state, info.retries, info.losses), (TaskState::Ready, 0, 0));
    assert_eq!((info.attempt, info.deadline), (1, None));
    assert_eq!(w.running(&stream).await, 0);
    let again = w.take("a").await;
    assert_eq!((again.claim.attempt, again.retries), (2, 0));
    w.finish(&again).await;
}

async fn the_closing_call_is_answered_again(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.release(&init.claim).await.unwrap());
    assert!(w.db.release(&init.claim).await.unwrap());
    lost!(w.db.retry(&init.claim, secs(0)).await, Requeued);
    let again = w.take("init").await;
    lost!(w.db.release(&init.claim).await, Reclaimed);
    assert_eq!(w.state(&job, "init").await, TaskState::Running);
    w.finish(&again).await;
}

async fn in_a_failed_job_it_is_cancelled(w: World) {
    let (stream, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    w.fail(&a, "broken").await;
    assert!(!w.db.release(&b.claim).await.unwrap());
    let info = w.info(&job, "b").await;
    assert_eq!((info.state, info.retries), (TaskState::Cancelled, 0));
    assert_eq!(w.running(&stream).await, 0);
    w.db.retry_job(&job).await.unwrap();
    w.run(&["a", "b"]).await;
}

async fn each_claim_is_judged_on_its_own(w: World) {
    let (stream, first, a) = w.started().await;
    w.job(stream).await;
    let b = w.take("init").await;
    w.finish(&b).await;
    let claims = vec![b.claim, a.claim.clone(), a.claim];
    let answers = w.db.store().release_claims(ReleaseClaims { claims }).await.unwrap();
    let [b, a1, a2] = answers.try_into().unwrap();
    lost!(b, Finished);
    assert!(a1.unwrap() && a2.unwrap());
    assert_eq!(w.state(&first, "init").await, TaskState::Ready);
}
