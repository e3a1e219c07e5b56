//! Cases of `fire_schedule`.

use futures::future::join_all;
use taskdb_core::request::{FireSchedule, ListSchedules};
use taskdb_core::store::Gate;
use taskdb_core::{JobFilter, MissedTicks, Schedule, ScheduleInfo};

use super::support::*;

cases!(fire_schedule:
    a_tick_makes_its_job,
    a_tick_fires_once_however_many_look,
    nothing_fires_before_its_time,
    an_old_revision_or_tick_fires_nothing,
    a_tick_that_is_passed_over_makes_nothing,
    missed_ticks_fire_by_policy,
    a_refused_job_leaves_the_tick,
    one_bad_schedule_does_not_stop_the_rest,
    a_closed_gate_fires_nothing,
    a_fired_job_wakes_a_waiting_worker,
);

async fn put(w: &World, name: &str, missed: MissedTicks) -> ScheduleInfo {
    let job = new_job(w.stream().await);
    let schedule = Schedule::new(name, "*/10 * * * *", job).missed(missed);
    w.db.put_schedule(&schedule).await.unwrap();
    read(w, name).await
}

async fn read(w: &World, name: &str) -> ScheduleInfo {
    let listed = w.other.list_schedules(None, 100).await.unwrap();
    listed.into_iter().find(|schedule| schedule.name == name).unwrap()
}

async fn jobs(w: &World) -> usize {
    w.other.list_jobs(JobFilter::default(), None, 1_000).await.unwrap().len()
}

async fn a_tick_makes_its_job(w: World) {
    let before = put(&w, "s", MissedTicks::Once).await;
    w.clock.advance(secs(600));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 1);
    let init = w.take("init").await;
    assert_eq!((init.task_def, init.max_retries, init.timeout_secs), (json!({"n": 1}), 3, 60));
    w.db.get_job_state(&init.job_id, USER).await.unwrap();
    let labels = w.other.get_job(&init.job_id).await.unwrap().labels;
    assert_eq!(labels["schedule"], "s");
    assert_eq!(labels["tick"], "2001-09-09T01:50:00Z");
    let after = read(&w, "s").await;
    assert_eq!((after.fired_at, after.revision), (before.next_at, before.revision));
    assert!(after.next_at > Some(w.clock.now()));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 0);
}

async fn a_tick_fires_once_however_many_look(w: World) {
    put(&w, "s", MissedTicks::Once).await;
    for _ in 0..3 {
        w.clock.advance(secs(600));
        let looks = (0..20).map(|n| {
            let db = if n % 2 == 0 { w.db.clone() } else { w.other.clone() };
            async move { db.fire_schedules().await.unwrap() }
        });
        assert_eq!(join_all(looks).await.into_iter().sum::<u64>(), 1);
    }
    assert_eq!(jobs(&w).await, 3);
}

async fn nothing_fires_before_its_time(w: World) {
    let schedule = put(&w, "s", MissedTicks::Once).await;
    let tick = schedule.next_at.unwrap();
    let call = FireSchedule {
        name: "s".into(),
        revision: schedule.revision,
        tick,
        next_at: Some(tick.after(secs(600))),
        job: None,
    };
    assert!(!w.db.store().fire_schedule(call.clone()).await.unwrap(), "it has not come");
    w.clock.advance(secs(600));
    assert!(w.db.store().fire_schedule(call).await.unwrap());
}

async fn an_old_revision_or_tick_fires_nothing(w: World) {
    let schedule = put(&w, "s", MissedTicks::Once).await;
    w.clock.advance(secs(1_200));
    let tick = schedule.next_at.unwrap();
    let call = FireSchedule {
        name: "s".into(),
        revision: schedule.revision + 1,
        tick,
        next_at: None,
        job: None,
    };
    assert!(!w.db.store().fire_schedule(call.clone()).await.unwrap());
    let later = FireSchedule { revision: schedule.revision, tick: tick.after(secs(1)), ..call.clone() };
    assert!(!w.db.store().fire_schedule(later).await.unwrap());
    let unknown = FireSchedule { name: "t".into(), revision: schedule.revision, ..call };
    assert!(!w.db.store().fire_schedule(unknown).await.unwrap());
    assert_eq!(read(&w, "s").await, schedule);
}

async fn a_tick_that_is_passed_over_makes_nothing(w: World) {
    let schedule = put(&w, "s", MissedTicks::Skip).await;
    w.clock.advance(secs(3_900));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 0);
    let after = read(&w, "s").await;
    assert!(after.next_at > Some(w.clock.now()) && after.fired_at.is_none(), "{schedule:?}");
    assert_eq!(jobs(&w).await, 0);
}

async fn missed_ticks_fire_by_policy(w: World) {
    put(&w, "all", MissedTicks::All).await;
    w.clock.advance(secs(3_600));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 6);
    put(&w, "once", MissedTicks::Once).await;
    w.clock.advance(secs(3_600));
    assert_eq!(w.db.fire_schedules().await.unwrap(), 7);
    assert_eq!(jobs(&w).await, 13);
}

async fn a_refused_job_leaves_the_tick(w: World) {
    let schedule = put(&w, "s", MissedTicks::Once).await;
    let stream = Schedule::read(&schedule).unwrap();
    w.clock.advance(secs(600));
    let listed = w.db.list_streams(None, 10).await.unwrap();
    w.db.delete_stream(&listed[0].stream_id).await.unwrap();
    let call = w.db.fire_schedules().await;
    expect_err!(call, TaskDbErr::NotFound { entity: Entity::Stream(_) });
    assert_eq!(read(&w, "s").await, schedule, "{stream:?}");
    assert_eq!(jobs(&w).await, 0);
}

async fn one_bad_schedule_does_not_stop_the_rest(w: World) {
    put(&w, "a-bad", MissedTicks::Once).await;
    let listed = w.db.list_streams(None, 10).await.unwrap();
    w.db.delete_stream(&listed[0].stream_id).await.unwrap();
    put(&w, "b-good", MissedTicks::Once).await;
    w.clock.advance(secs(600));
    expect_err!(w.db.fire_schedules().await, TaskDbErr::NotFound { .. });
    assert_eq!(jobs(&w).await, 1);
}

async fn a_closed_gate_fires_nothing(w: World) {
    let schedule = put(&w, "s", MissedTicks::Once).await;
    w.clock.advance(secs(600));
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    expect_err!(w.db.fire_schedules().await, TaskDbErr::Closed { .. });
    let request = ListSchedules { due: true, after: None, limit: 1 };
    assert_eq!(w.db.store().list_schedules(request).await.unwrap(), [schedule]);
    w.db.set_gate(Gate::Open).await.unwrap();
    assert_eq!(w.db.fire_schedules().await.unwrap(), 1);
}

async fn a_fired_job_wakes_a_waiting_worker(w: World) {
    put(&w, "s", MissedTicks::Once).await;
    w.clock.advance(secs(600));
    let waiting = tokio::spawn({
        let db = w.db.clone();
        async move { db.request_work_wait("cpu", 30).await.unwrap() }
    });
    tokio::task::yield_now().await;
    assert_eq!(w.db.fire_schedules().await.unwrap(), 1);
    assert_eq!(waiting.await.unwrap().expect("it was woken").task_id, "init");
}
