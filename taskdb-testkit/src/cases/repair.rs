//! Cases of `repair`, `fix_stuck_pending_tasks` and `refresh_stream_counters`.

use taskdb_core::store::RepairReport;

use super::support::*;

cases!(repair:
    a_sound_store_needs_none,
    nothing_that_can_be_read_changes,
    claims_survive,
);

async fn busy(w: &World) -> (Uuid, Uuid, ReadyTask) {
    let tasks = |s| {
        let end = task("end", s).after(["try", "run"]).run_if(RunIf::AllSettled);
        vec![task("try", s).optional(), task("run", s), end, task("late", s).delay(secs(9))]
    };
    let (stream, job) = w.graph(tasks).await;
    let tried = w.take("try").await;
    w.fail(&tried, "no luck").await;
    (stream, job, w.take("run").await)
}

async fn a_sound_store_needs_none(w: World) {
    assert_eq!(w.db.repair().await.unwrap(), RepairReport::default());
    busy(&w).await;
    let (_, stopped, _) = busy(&w).await;
    w.db.cancel_job(&stopped).await.unwrap();
    w.assert_sound().await;
    assert_eq!(w.other.repair().await.unwrap(), RepairReport::default());
}

async fn nothing_that_can_be_read_changes(w: World) {
    let (stream, job, _) = busy(&w).await;
    let read = async || {
        let tasks = w.db.list_tasks(&job, None, None, 9).await.unwrap();
        let stream = w.db.stream_info(&stream).await.unwrap();
        (w.db.get_job(&job).await.unwrap(), tasks, stream)
    };
    let before = read().await;
    w.clock.advance(secs(1));
    w.db.refresh_stream_counters().await.unwrap();
    assert_eq!(w.db.fix_stuck_pending_tasks().await.unwrap(), 0);
    assert_eq!(read().await, before);
}

async fn claims_survive(w: World) {
    let (_, job, run) = busy(&w).await;
    w.db.repair().await.unwrap();
    w.finish(&run).await;
    w.run(&["end"]).await;
    w.clock.advance(secs(9));
    w.run(&["late"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}
