//! Cases of `renew_claims`.

use super::support::*;

cases!(renew_claims:
    a_renewal_moves_the_lease,
    a_renewal_never_moves_the_timeout,
    no_lease_given_keeps_the_old_one,
    without_any_lease_only_the_timeout_counts,
    a_lease_can_begin_with_a_renewal,
    an_expired_claim_can_be_renewed_until_it_is_taken,
    each_claim_is_judged_on_its_own,
    the_answer_tells_of_a_failed_job,
);

async fn leased(w: &World, lease: u64) -> ReadyTask {
    let lease = Some(secs(lease));
    w.db.request_work_as("cpu", Uuid::new_v4(), lease).await.unwrap().expect("a task is ready")
}

async fn renew(w: &World, task: &ReadyTask, lease: Option<u64>) -> taskdb_core::Timestamp {
    let claims = std::slice::from_ref(&task.claim);
    let mut answers = w.db.renew(claims, lease.map(secs)).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0).unwrap().deadline
}

async fn a_renewal_moves_the_lease(w: World) {
    let (_, job) = w.fresh().await;
    let init = leased(&w, 10).await;
    w.clock.advance(secs(8));
    let deadline = renew(&w, &init, Some(20)).await;
    assert_eq!(deadline, w.clock.now().after(secs(20)));
    assert_eq!(w.info(&job, "init").await.deadline, Some(deadline));
    w.clock.advance(secs(19));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 0);
    w.clock.advance(secs(1));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
}

async fn a_renewal_never_moves_the_timeout(w: World) {
    w.fresh().await;
    let init = leased(&w, 40).await;
    let end = w.clock.now().after(secs(60));
    w.clock.advance(secs(30));
    assert_eq!(renew(&w, &init, Some(40)).await, end);
    w.clock.advance(secs(29));
    assert_eq!(renew(&w, &init, Some(500)).await, end);
    w.clock.advance(secs(1));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
}

async fn no_lease_given_keeps_the_old_one(w: World) {
    w.fresh().await;
    let init = leased(&w, 10).await;
    w.clock.advance(secs(5));
    assert_eq!(renew(&w, &init, None).await, w.clock.now().after(secs(10)));
    renew(&w, &init, Some(3)).await;
    w.clock.advance(secs(1));
    assert_eq!(renew(&w, &init, None).await, w.clock.now().after(secs(3)));
}

async fn without_any_lease_only_the_timeout_counts(w: World) {
    let (_, _, init) = w.started().await;
    w.clock.advance(secs(30));
    assert_eq!(renew(&w, &init, None).await, init.deadline);
}

async fn a_lease_can_begin_with_a_renewal(w: World) {
    let (_, _, init) = w.started().await;
    assert_eq!(renew(&w, &init, Some(5)).await, w.clock.now().after(secs(5)));
    w.clock.advance(secs(5));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
}

async fn an_expired_claim_can_be_renewed_until_it_is_taken(w: World) {
    w.fresh().await;
    let init = leased(&w, 10).await;
    w.clock.advance(secs(15));
    renew(&w, &init, None).await;
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 0);
    w.clock.advance(secs(15));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
    let claims = std::slice::from_ref(&init.claim);
    lost!(w.db.renew(claims, None).await.unwrap().remove(0), Requeued);
}

async fn each_claim_is_judged_on_its_own(w: World) {
    let (stream, _, a) = w.started().await;
    w.job(stream).await;
    w.job(stream).await;
    let (b, c) = (w.take("init").await, w.take("init").await);
    w.db.delete_job(&b.job_id).await.unwrap();
    w.finish(&a).await;
    let claims = [a.claim, b.claim, c.claim];
    let answers = w.other.renew(&claims, Some(secs(7))).await.unwrap();
    let [a, b, c] = answers.try_into().unwrap();
    lost!(a, Finished);
    lost!(b, Deleted);
    assert_eq!(c.unwrap().deadline, w.clock.now().after(secs(7)));
    assert!(w.db.renew(&[], None).await.unwrap().is_empty());
}

async fn the_answer_tells_of_a_failed_job(w: World) {
    let (stream, job) = w.fresh().await;
    w.db.create_task(&job, "b", &stream, &json!({}), &json!([]), 0, 60).await.unwrap();
    let (init, b) = (w.take("init").await, w.take("b").await);
    let claims = std::slice::from_ref(&b.claim);
    let state = |answers: Vec<taskdb_core::Result<taskdb_core::Renewal>>| {
        answers.into_iter().next().unwrap().unwrap().job
    };
    assert_eq!(state(w.db.renew(claims, None).await.unwrap()), JobState::Running);
    assert!(w.db.fail(&init.claim, "broken").await.unwrap());
    assert_eq!(state(w.db.renew(claims, None).await.unwrap()), JobState::Failed);
    assert!(w.db.complete(&b.claim, &json!(1)).await.unwrap());
}
