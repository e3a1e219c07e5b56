//! Compares the event logs of two stores.
//!
//! In which order the events of one call stand in the log is left to the store. So logs are
//! compared job by job, and what happened at the same instant as a set.

use std::collections::BTreeMap;
use std::time::Duration;

use taskdb_core::request::ListEvents;
use taskdb_core::{Event, EventFilter, EventsFrom, TaskDb, Timestamp};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::run::{Outcome, Pair};

/// How long the last events may take to show: those of a call stay unseen while another
/// call that began before it could still put some in front of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// The log of a job: what happened at one instant after another.
type Story = Vec<(Timestamp, Vec<String>)>;

pub(super) async fn same(pair: &Pair) -> Outcome {
    let expected = log(&pair.model).await?;
    let deadline = Instant::now() + PATIENCE;
    let mut actual = log(&pair.subject).await?;
    while actual.len() < expected.len() && Instant::now() < deadline {
        sleep(Duration::from_millis(5)).await;
        actual = log(&pair.subject).await?;
    }
    let (mut expected, actual) = (stories(expected), stories(actual));
    for (job_id, is) in actual {
        let should = expected.remove(&job_id).unwrap_or_default();
        if should != is {
            return Err(told_apart(job_id, &should, &is));
        }
    }
    match expected.pop_first() {
        Some((job_id, should)) => Err(told_apart(job_id, &should, &Story::new())),
        None => Ok(()),
    }
}

async fn log(db: &TaskDb) -> Outcome<Vec<Event>> {
    let (mut from, mut events) = (EventsFrom::Start, Vec::new());
    loop {
        let page = db.list_events(from, EventFilter::default(), ListEvents::SCAN).await;
        let page = page.map_err(|error| format!("list_events: {error}"))?;
        events.extend(page.events);
        if !page.more {
            return Ok(events);
        }
        from = EventsFrom::After(page.next);
    }
}

fn stories(events: Vec<Event>) -> BTreeMap<Uuid, Story> {
    let mut stories = BTreeMap::<_, Story>::new();
    for event in events {
        let story = stories.entry(event.job_id).or_default();
        let text = format!("{event:?}");
        match story.last_mut() {
            Some((at, together)) if *at == event.at => together.push(text),
            _ => story.push((event.at, vec![text])),
        }
    }
    for (_, together) in stories.values_mut().flatten() {
        together.sort_unstable();
    }
    stories
}

fn told_apart(job_id: Uuid, should: &Story, is: &Story) -> String {
    let (same, all) = (should.iter().zip(is).take_while(|(a, b)| a == b).count(), should.len());
    let (should, is) = (should.get(same), is.get(same));
    format!(
        "events of job {job_id}, after {same} of {all} instants\n  should be {should:#?}\n  \
         but are   {is:#?}"
    )
}
