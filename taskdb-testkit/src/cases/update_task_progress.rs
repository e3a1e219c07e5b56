//! Cases of `update_task_progress`.

use super::support::*;

cases!(update_task_progress:
    it_rises_and_never_falls,
    it_is_clamped,
    nan_is_refused,
    a_ready_task_takes_it,
    other_states_are_false,
    it_moves_the_timeout_of_a_running_task,
    it_does_not_move_the_lease,
    a_lost_claim_changes_nothing,
);

async fn it_rises_and_never_falls(w: World) {
    let (_, job, init) = w.started().await;
    for (reported, kept) in [(0.25, 0.25), (0.1, 0.25), (0.25, 0.25), (0.7, 0.7), (0.0, 0.7)] {
        assert!(w.db.progress(&init.claim, reported).await.unwrap());
        assert_eq!(w.info(&job, "init").await.progress, kept);
    }
    w.clock.advance(secs(3));
    assert!(w.other.update_task_progress(&job, "init", 0.8).await.unwrap());
    let info = w.info(&job, "init").await;
    assert_eq!((info.progress, info.updated_at), (0.8, w.clock.now()));
    assert_eq!(w.db.get_job(&job).await.unwrap().updated_at, w.clock.now());
}

async fn it_is_clamped(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.progress(&init.claim, -3.0).await.unwrap());
    assert_eq!(w.info(&job, "init").await.progress, 0.0);
    assert!(w.db.progress(&init.claim, f32::NEG_INFINITY).await.unwrap());
    assert!(w.db.progress(&init.claim, 7.5).await.unwrap());
    assert_eq!(w.info(&job, "init").await.progress, 1.0);
    assert!(w.db.progress(&init.claim, f32::INFINITY).await.unwrap());
}

async fn nan_is_refused(w: World) {
    let (_, job, init) = w.started().await;
    let call = w.db.progress(&init.claim, f32::NAN).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "progress", .. });
    let call = w.db.update_task_progress(&job, "init", f32::NAN).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "progress", .. });
    assert_eq!(w.info(&job, "init").await.progress, 0.0);
}

async fn a_ready_task_takes_it(w: World) {
    let (_, job) = w.fresh().await;
    assert!(w.db.update_task_progress(&job, "init", 0.5).await.unwrap());
    let info = w.info(&job, "init").await;
    assert_eq!((info.state, info.progress, info.deadline), (TaskState::Ready, 0.5, None));
}

async fn other_states_are_false(w: World) {
    let (_, job) = w.graph(|s| vec![task("a", s), task("b", s).after(["a"])]).await;
    for name in ["init", "b", "x"] {
        assert!(!w.db.update_task_progress(&job, name, 0.5).await.unwrap(), "{name}");
    }
    assert_eq!(w.info(&job, "b").await.progress, 0.0);
    assert!(!w.db.update_task_progress(&Uuid::new_v4(), "init", 0.5).await.unwrap());
    w.db.cancel_job(&job).await.unwrap();
    assert!(!w.db.update_task_progress(&job, "a", 0.5).await.unwrap());
}

async fn it_moves_the_timeout_of_a_running_task(w: World) {
    let (_, job, init) = w.started().await;
    w.clock.advance(secs(50));
    assert!(w.db.progress(&init.claim, 0.1).await.unwrap());
    let deadline = w.clock.now().after(secs(60));
    assert_eq!(w.info(&job, "init").await.deadline, Some(deadline));
    w.clock.advance(secs(50));
    // An equal value counts as a sign of life too.
    assert!(w.db.progress(&init.claim, 0.1).await.unwrap());
    w.clock.advance(secs(59));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 0);
    w.clock.advance(secs(1));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
}

async fn it_does_not_move_the_lease(w: World) {
    let (_, job) = w.fresh().await;
    let id = Uuid::new_v4();
    let init = w.db.request_work_as("cpu", id, Some(secs(10))).await.unwrap().unwrap();
    w.clock.advance(secs(5));
    assert!(w.db.progress(&init.claim, 0.5).await.unwrap());
    assert_eq!(w.info(&job, "init").await.deadline, Some(init.deadline));
    w.clock.advance(secs(5));
    assert_eq!(w.db.requeue_tasks(1).await.unwrap(), 1);
}

async fn a_lost_claim_changes_nothing(w: World) {
    let (_, job, init) = w.started().await;
    assert!(w.db.release(&init.claim).await.unwrap());
    lost!(w.db.progress(&init.claim, 0.9).await, Requeued);
    let again = w.take("init").await;
    lost!(w.db.progress(&init.claim, 0.9).await, Reclaimed);
    assert_eq!(w.info(&job, "init").await.progress, 0.0);
    assert!(w.db.progress(&again.claim, 0.1).await.unwrap());
}
