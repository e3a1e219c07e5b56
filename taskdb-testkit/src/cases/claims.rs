//! Cases of claims across verbs: which token holds, and what an old one hears.

use super::support::*;

cases!(claims:
    both_parts_of_the_token_count,
    a_token_of_another_task_does_not_open_this_one,
    a_stale_worker_changes_nothing,
    attempts_never_repeat,
    a_claim_passes_between_handles,
);

async fn both_parts_of_the_token_count(w: World) {
    let (_, job, init) = w.started().await;
    let other_id = Claim { id: Uuid::new_v4(), ..init.claim.clone() };
    let other_attempt = Claim { attempt: 2, ..init.claim.clone() };
    for wrong in [other_id, other_attempt] {
        let call = w.db.complete(&wrong, &json!(1)).await;
        expect_err!(call, TaskDbErr::ClaimLost { job_id, .. } if job_id == job);
        expect_err!(w.db.release(&wrong).await, TaskDbErr::ClaimLost { .. });
        expect_err!(w.db.progress(&wrong, 0.5).await, TaskDbErr::ClaimLost { .. });
    }
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.progress), (TaskState::Running, 0.0));
    w.finish(&init).await;
}

async fn a_token_of_another_task_does_not_open_this_one(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s)]).await;
    let (a, b) = (w.take("a").await, w.take("b").await);
    let crossed = Claim { task_id: "b".to_owned(), ..a.claim.clone() };
    lost!(w.db.complete(&crossed, &json!(1)).await, Reclaimed);
    let unknown = Claim { task_id: "x".to_owned(), ..a.claim.clone() };
    lost!(w.db.complete(&unknown, &json!(1)).await, Deleted);
    w.states(&job, &[("a", TaskState::Running), ("b", TaskState::Running)]).await;
    w.finish(&a).await;
    w.finish(&b).await;
}

async fn a_stale_worker_changes_nothing(w: World) {
    let (_, job, stale) = w.started().await;
    w.clock.advance(secs(60));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
    let fresh = w.other.request_work("cpu").await.unwrap().unwrap();
    let before = w.info(&job, "init").await;
    lost!(w.db.complete(&stale.claim, &json!("stale")).await, Reclaimed);
    lost!(w.db.fail(&stale.claim, "stale").await, Reclaimed);
    lost!(w.db.retry(&stale.claim, secs(0)).await, Reclaimed);
    lost!(w.db.release(&stale.claim).await, Reclaimed);
    lost!(w.db.progress(&stale.claim, 1.0).await, Reclaimed);
    let renewed = w.db.renew(std::slice::from_ref(&stale.claim), None).await.unwrap();
    lost!(renewed.into_iter().next().unwrap(), Reclaimed);
    assert_eq!(w.info(&job, "init").await, before);
    assert!(w.db.complete(&fresh.claim, &json!("fresh")).await.unwrap());
    lost!(w.db.complete(&stale.claim, &json!("stale")).await, Reclaimed);
    assert_eq!(w.db.get_task_output::<String>(&job, "init").await.unwrap(), "fresh");
}

async fn attempts_never_repeat(w: World) {
    let (_, job) = w.fresh().await;
    let mut attempts = Vec::new();
    for step in 0..6 {
        let init = w.take("init").await;
        attempts.push(init.claim.attempt);
        match step % 3 {
            0 => assert!(w.db.release(&init.claim).await.unwrap()),
            1 => assert!(w.db.retry(&init.claim, secs(0)).await.unwrap()),
            _ => {
                w.fail(&init, "broken").await;
                w.db.retry_job(&job).await.unwrap();
            }
        }
    }
    assert_eq!(attempts, [1, 2, 3, 4, 5, 6]);
}

async fn a_claim_passes_between_handles(w: World) {
    let (_, job) = w.fresh().await;
    let init = w.other.request_work("cpu").await.unwrap().unwrap();
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    assert!(w.other.complete(&init.claim, &json!(1)).await.unwrap());
    assert!(w.db.complete(&init.claim, &json!(1)).await.unwrap());
    assert_eq!(w.other.get_job(&job).await.unwrap().state, JobState::Done);
}
