//! Cases of `set_events`, and of the bounds of the event log.

use taskdb_core::store::Gate;
use taskdb_core::{EventLevel, EventPolicy};

use super::support::*;

cases!(set_events:
    the_policy_is_described,
    what_is_too_old_goes,
    a_position_in_what_went_goes_on_behind_it,
    a_policy_that_keeps_nothing_is_refused,
    a_closed_gate_refuses_it;
    ordered:
    the_newest_stay,
);

impl World {
    /// How many events there are.
    async fn events(&self) -> usize {
        let page = self.db.list_events(EventsFrom::Start, EventFilter::default(), 1_000).await;
        page.unwrap().events.len()
    }

    /// Waits until there are so many events.
    async fn events_are(&self, count: usize) {
        for _ in 0..2_000 {
            if self.events().await == count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(self.events().await, count);
    }
}

async fn the_policy_is_described(w: World) {
    assert_eq!(w.db.describe().await.unwrap().events, EventPolicy::default());
    let policy = EventPolicy { level: EventLevel::All, max_age: secs(90), max_count: 7 };
    w.db.set_events(policy).await.unwrap();
    assert_eq!(w.other.describe().await.unwrap().events, policy);
}

async fn the_newest_stay(w: World) {
    let stream = w.stream().await;
    let mut jobs = Vec::new();
    for _ in 0..9 {
        jobs.push(w.job(stream).await);
    }
    w.events_are(9).await;
    w.db.set_events(EventPolicy { max_count: 4, ..EventPolicy::default() }).await.unwrap();
    w.db.requeue_tasks(0).await.unwrap();
    let page = w.other.list_events(EventsFrom::Start, EventFilter::default(), 9).await.unwrap();
    let told: Vec<_> = page.events.iter().map(|event| event.job_id).collect();
    assert_eq!(told, jobs[5..]);
}

async fn what_is_too_old_goes(w: World) {
    let stream = w.stream().await;
    w.job(stream).await;
    w.events_are(1).await;
    w.clock.advance(secs(60));
    let policy = EventPolicy { max_age: secs(60), ..EventPolicy::default() };
    w.db.set_events(policy).await.unwrap();
    w.db.requeue_tasks(9).await.unwrap();
    w.events_are(1).await;
    w.job(stream).await;
    w.events_are(2).await;
    w.clock.advance(secs(1));
    w.db.requeue_tasks(9).await.unwrap();
    w.events_are(1).await;
    w.clock.advance(secs(60));
    w.db.requeue_tasks(9).await.unwrap();
    w.events_are(0).await;
}

async fn a_position_in_what_went_goes_on_behind_it(w: World) {
    let stream = w.stream().await;
    for _ in 0..3 {
        w.job(stream).await;
    }
    w.events_are(3).await;
    let first = w.db.list_events(EventsFrom::Start, EventFilter::default(), 1).await.unwrap();
    let end = w.db.list_events(EventsFrom::End, EventFilter::default(), 1).await.unwrap();
    w.clock.advance(secs(8 * 86_400));
    w.db.requeue_tasks(9).await.unwrap();
    w.events_are(0).await;
    let job = w.job(stream).await;
    w.events_are(1).await;
    for position in [first.next, end.next] {
        let from = EventsFrom::After(position);
        let page = w.db.list_events(from, EventFilter::default(), 9).await.unwrap();
        let told: Vec<_> = page.events.iter().map(|event| event.job_id).collect();
        assert_eq!(told, [job]);
    }
}

async fn a_policy_that_keeps_nothing_is_refused(w: World) {
    let policy = EventPolicy::default();
    let call = w.db.set_events(EventPolicy { max_age: secs(0), ..policy }).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "max_age", .. });
    let call = w.db.set_events(EventPolicy { max_count: 0, ..policy }).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "max_count", .. });
    assert_eq!(w.db.describe().await.unwrap().events, policy);
}

async fn a_closed_gate_refuses_it(w: World) {
    w.db.set_gate(Gate::ReadOnly).await.unwrap();
    let call = w.db.set_events(EventPolicy::default()).await;
    expect_err!(call, TaskDbErr::Closed { gate: Gate::ReadOnly });
    w.events_are(0).await;
}
