//! Cases of `get_task_state_counts`.

use taskdb_core::TaskStateCount;

use super::support::*;

cases!(get_task_state_counts:
    an_empty_namespace_has_none,
    effective_states_are_counted_and_sorted,
    tasks_of_a_deleted_stream_still_count,
);

fn row(worker_type: &str, priority: Priority, state: &str, count: u64) -> TaskStateCount {
    let (worker_type, state) = (worker_type.to_owned(), state.to_owned());
    TaskStateCount { worker_type, priority, state, count }
}

async fn an_empty_namespace_has_none(w: World) {
    w.stream().await;
    assert!(w.db.get_task_state_counts().await.unwrap().is_empty());
}

async fn effective_states_are_counted_and_sorted(w: World) {
    use Priority::{High, Low, Medium};
    let (cpu, gpu) = (w.stream().await, w.lane("gpu", 0, 1.0, USER).await);
    let failed = w.job(cpu).await;
    w.add(&failed, task("a", cpu)).await;
    assert!(w.db.update_task_failed(&failed, "init", "broken").await.unwrap());
    let high = w.job_of(cpu, High).await;
    w.add(&high, task("a", cpu).after(["init"])).await;
    w.add(&high, task("b", cpu).delay(secs(9))).await;
    w.job_of(gpu, Low).await;
    w.job(cpu).await;
    for _ in 0..2 {
        let init = w.take("init").await;
        if init.priority == Medium {
            w.finish(&init).await;
        }
    }
    let expected = [
        row("cpu", High, "pending", 2),
        row("cpu", High, "running", 1),
        row("cpu", Medium, "cancelled", 1),
        row("cpu", Medium, "done", 1),
        row("cpu", Medium, "failed", 1),
        row("gpu", Low, "ready", 1),
    ];
    assert_eq!(w.other.get_task_state_counts().await.unwrap(), expected);
}

async fn tasks_of_a_deleted_stream_still_count(w: World) {
    let (stream, _) = w.fresh().await;
    w.run(&["init"]).await;
    w.db.delete_stream(&stream).await.unwrap();
    let counts = w.db.get_task_state_counts().await.unwrap();
    assert_eq!(counts, [row("cpu", Priority::Medium, "done", 1)]);
}
