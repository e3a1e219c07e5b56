//! What the order and the times of events tell by themselves.

use std::collections::{HashMap, HashSet};

use taskdb_core::Claim;
use uuid::Uuid;

use super::{Event, Outcome, What};

/// A task by its job and name.
pub(super) type Task<'a> = (Uuid, &'a str);

pub(super) fn task(claim: &Claim) -> Task<'_> {
    (claim.job_id, &claim.task_id)
}

/// No attempt is handed out twice, nothing that is known to be done is handed out, and
/// nothing ends twice.
pub(super) fn handed_out(events: &[Event]) -> Vec<String> {
    let (mut attempts, mut ended, mut found) = (HashSet::new(), HashMap::new(), Vec::new());
    for event in events.iter().filter(|event| event.outcome == Outcome::Accepted) {
        if let What::Done(claim, ..) | What::Fail(claim) = &event.what
            && let Some(earlier) = ended.insert(task(claim), event.ended)
        {
            found.push(format!("ended twice, also at {earlier}: {event:?}"));
        }
    }
    // A claim that the store has lost may be handed out once more.
    for event in events.iter().filter(|event| event.outcome == Outcome::Accepted) {
        let What::Claim(claim, _) = &event.what else { continue };
        if !attempts.insert((task(claim), claim.attempt)) {
            found.push(format!("handed out twice: {event:?}"));
        }
        if ended.get(&task(claim)).is_some_and(|end| *end < event.begun) {
            found.push(format!("handed out after its end: {event:?}"));
        }
    }
    found
}

/// A claim holds as long as it was given for: until then its task is not handed out again,
/// and its worker is not refused, unless that worker has ended it or tried to.
///
/// Only where the store's clock and that of the events are one, and never steps.
pub(super) fn taken_early(events: &[Event]) -> Vec<String> {
    let mut reports: HashMap<Uuid, Vec<&Event>> = HashMap::new();
    let mut hand_outs: HashMap<Task<'_>, Vec<(u64, i64)>> = HashMap::new();
    for event in events {
        match &event.what {
            What::Done(claim, ..) | What::Fail(claim) | What::Back(claim) | What::Renew(claim) => {
                reports.entry(claim.id).or_default().push(event);
            }
            // One that was lost had its number before another one has it again.
            What::Claim(claim, _) if event.outcome == Outcome::Accepted => {
                hand_outs.entry(task(claim)).or_default().push((claim.attempt, event.ended));
            }
            What::Claim(..) | What::Create(_) | What::Add(..) => {}
        }
    }
    let mut found = Vec::new();
    for event in events.iter().filter(|event| event.outcome == Outcome::Accepted) {
        let What::Claim(claim, lasts) = &event.what else { continue };
        let until = event.begun.saturating_add(i64::try_from(*lasts).unwrap_or(i64::MAX));
        let own = reports.get(&claim.id).map(Vec::as_slice).unwrap_or_default();
        let first = own.iter().min_by_key(|report| report.begun);
        let untouched_until = first.map_or(i64::MAX, |report| report.begun);
        let next = hand_outs[&task(claim)].iter().filter(|(attempt, _)| *attempt > claim.attempt);
        if next.min().is_some_and(|(_, at)| *at < until && *at < untouched_until) {
            found.push(format!("handed on before its time: {event:?}"));
        }
        // What was given back twice, because an answer was lost, is refused the second time.
        let refused = first.filter(|report| {
            let ends = matches!(report.what, What::Done(..) | What::Fail(_));
            ends && report.outcome == Outcome::Lost && report.ended < until
        });
        if let Some(report) = refused {
            found.push(format!("refused before its time: {event:?} {report:?}"));
        }
    }
    found
}
