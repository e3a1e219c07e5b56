//! Cases of `check_stuck_pending_tasks`: a sound store has none.

use super::support::*;

cases!(check_stuck_pending_tasks:
    tasks_that_wait_for_a_reason_are_not_stuck,
);

async fn tasks_that_wait_for_a_reason_are_not_stuck(w: World) {
    let tasks =
        |s| vec![task("run", s), task("held", s).after(["run"]), task("late", s).delay(secs(9))];
    let (_, job) = w.graph(tasks).await;
    let run = w.take("run").await;
    let stuck = async || w.other.check_stuck_pending_tasks().await.unwrap();
    assert_eq!(stuck().await, []);
    w.clock.advance(secs(9));
    // Due but not yet promoted, which the next claim does.
    assert_eq!(stuck().await, []);
    w.db.cancel_job(&job).await.unwrap();
    assert_eq!(stuck().await, []);
    w.db.retry_job(&job).await.unwrap();
    assert_eq!(stuck().await, []);
    lost!(w.db.complete(&run.claim, &json!(1)).await, Requeued);
    assert_eq!(w.db.fix_stuck_pending_tasks().await.unwrap(), 0);
    w.run(&["run", "held", "late"]).await;
    assert_eq!(stuck().await, []);
}
