//! Cases of `list_claims`.

use super::support::*;

cases!(list_claims:
    a_claim_is_listed_while_it_holds,
    the_filters_narrow_alone_and_together,
    pages_follow_the_id,
    a_limit_of_none_is_refused,
);

async fn a_claim_is_listed_while_it_holds(w: World) {
    let (stream, job, _) = w.started().await;
    let held = w.db.list_claims(None, None, None, 10).await.unwrap();
    assert_eq!(held.len(), 1);
    let first = &held[0];
    assert_eq!((first.claim.job_id, first.claim.task_id.as_str()), (job, "init"));
    assert_eq!((first.claim.attempt, first.stream_id), (1, stream));
    assert_eq!((first.worker_id.as_str(), first.worker_type.as_str()), (w.db.worker_id(), "cpu"));
    assert_eq!((first.started_at, first.progress), (w.clock.now(), 0.0));
    assert_eq!(first.deadline, w.clock.now().after(secs(60)));
    w.clock.advance(secs(1));
    assert!(w.db.progress(&first.claim, 0.5).await.unwrap());
    let held = w.other.list_claims(None, None, None, 10).await.unwrap();
    assert_eq!((held[0].progress, held[0].deadline), (0.5, w.clock.now().after(secs(60))));
    assert!(w.db.release(&first.claim).await.unwrap());
    assert_eq!(w.db.list_claims(None, None, None, 10).await.unwrap(), []);
    let again = w.claim().await;
    let held = w.db.list_claims(None, None, None, 10).await.unwrap();
    assert_eq!(held[0].claim, again.claim);
    w.finish(&again).await;
    assert_eq!(w.db.list_claims(None, None, None, 10).await.unwrap(), []);
}

async fn the_filters_narrow_alone_and_together(w: World) {
    let (cpu, gpu) = (w.stream().await, w.lane("gpu", 0, 1.0, USER).await);
    for stream in [cpu, cpu, gpu, gpu] {
        w.job(stream).await;
    }
    let (ann, bob) = (w.db.as_worker("ann"), w.db.as_worker("bob:1"));
    for worker in [&ann, &bob] {
        for worker_type in ["cpu", "gpu"] {
            assert!(worker.request_work(worker_type).await.unwrap().is_some());
        }
    }
    let count = async |worker, kind| {
        w.other.list_claims(worker, kind, None, 10).await.unwrap().len()
    };
    assert_eq!(count(None, None).await, 4);
    assert_eq!(count(Some("ann"), None).await, 2);
    assert_eq!(count(None, Some("gpu")).await, 2);
    assert_eq!(count(Some("bob:1"), Some("gpu")).await, 1);
    assert_eq!(count(Some("bob"), None).await, 0);
    assert_eq!(count(None, Some("tpu")).await, 0);
}

async fn pages_follow_the_id(w: World) {
    let stream = w.stream().await;
    for _ in 0..7 {
        w.job(stream).await;
        w.claim().await;
    }
    let all = w.db.list_claims(None, None, None, 100).await.unwrap();
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted_by_key(|held| held.claim.id));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = w.db.list_claims(None, None, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.claim.id);
        paged.extend(page);
    }
    assert_eq!(paged, all);
}

async fn a_limit_of_none_is_refused(w: World) {
    let call = w.db.list_claims(None, None, None, 0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
}
