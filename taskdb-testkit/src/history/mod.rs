//! What callers were told while things went wrong, and whether the store kept to it.
//!
//! Each call is an event with its begin and its end; its outcome is that it was accepted,
//! refused, or unknown. What was accepted must be there, what was refused must not, and
//! what is unknown must have happened as a whole or not at all. A count would not notice
//! that one acknowledged change is missing while another was made twice.
//!
//! [`Crew`] makes calls and writes the history; [`History::violations`] judges it when
//! everything has come to rest, which [`drain`] sees to. Where a store may lose what it has
//! acknowledged, [`History::forgive`] says when.

mod crew;
mod done;
mod drain;
mod judge;
mod times;

use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use crew::{CLAIM, Crew, Orders};
pub use drain::{drain, is_woken};
use serde::{Deserialize, Serialize};
use taskdb_core::{Claim, Clock, Result, SystemClock, TaskDbErr};
use uuid::Uuid;

/// What a caller was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It has happened.
    Accepted,
    /// It has not happened and will not.
    Refused,
    /// The same, because the claim did not hold.
    Lost,
    /// Either, or nobody has waited for the answer.
    Unknown,
}

impl Outcome {
    /// The outcome of a call whose answer counts when `accepted` says so; without an answer
    /// it is unknown.
    ///
    /// # Panics
    ///
    /// On an error that no fault of the way or the server explains.
    pub fn of<T>(answer: Option<&Result<T>>, accepted: impl FnOnce(&T) -> bool) -> Self {
        use TaskDbErr::{ClaimLost, InvalidState, JobFinished, NotFound, Unavailable, Unknown};
        match answer.map(|answer| answer.as_ref().map_err(TaskDbErr::root)) {
            Some(Ok(answer)) if accepted(answer) => Self::Accepted,
            None | Some(Err(Unknown(_))) => Self::Unknown,
            Some(Err(ClaimLost { .. })) => Self::Lost,
            Some(
                Ok(_)
                | Err(Unavailable(_) | JobFinished { .. } | InvalidState { .. } | NotFound { .. }),
            ) => Self::Refused,
            Some(Err(error)) => panic!("{error}"),
        }
    }

    /// Whether it has surely not happened.
    pub fn is_no(self) -> bool {
        matches!(self, Self::Refused | Self::Lost)
    }
}

/// What a call was about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// A job was to be made.
    Create(Uuid),
    /// A task of this name was to be added to a job.
    Add(Uuid, String),
    /// A task was handed out, for so many microseconds.
    Claim(Claim, u64),
    /// A task was to be done, with this output, and children of these names.
    Done(Claim, String, Vec<String>),
    /// A task was to fail.
    Fail(Claim),
    /// A task was to be given back.
    Back(Claim),
    /// A claim was to last for another while, which may be shorter than the first.
    Renew(Claim),
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it was made, by the clock of this machine, in microseconds.
    pub begun: i64,
    /// When it was answered; the end of time when it was not.
    pub ended: i64,
    /// What it was about.
    pub what: What,
    /// What the caller was told.
    pub outcome: Outcome,
}

/// Hears of each event with its number, when it begins and when it ends.
type Listener = Box<dyn Fn(usize, &Event) + Send + Sync>;

/// All calls of a crew.
#[derive(Default)]
pub struct History {
    events: Mutex<Vec<Event>>,
    /// When changes may have been lost after they were acknowledged.
    forgiven: Mutex<Vec<Range<i64>>>,
    listener: Option<Listener>,
}

impl History {
    /// One that also tells somebody of each event, when it begins and when it ends.
    pub fn told_to(listener: impl Fn(usize, &Event) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Box::new(listener)), ..Self::default() }
    }

    /// The present moment, as events have it.
    pub fn now() -> i64 {
        SystemClock.now().as_micros()
    }

    /// Writes down that a call is made now; until it ends, its outcome is unknown.
    pub fn begin(&self, what: What) -> usize {
        let event = Event { begun: Self::now(), ended: i64::MAX, what, outcome: Outcome::Unknown };
        self.push(event)
    }

    /// Writes down how a call that has begun is answered now.
    ///
    /// # Panics
    ///
    /// When there is no such call.
    pub fn end(&self, number: usize, outcome: Outcome) {
        let mut events = self.lock();
        let event = &mut events[number];
        (event.ended, event.outcome) = (Self::now(), outcome);
        let event = event.clone();
        drop(events);
        self.tell(number, &event);
    }

    /// Writes down a claim that was asked for at `begun` and is handed out now.
    pub fn claimed(&self, begun: i64, claim: Claim, lasts: u64) {
        let what = What::Claim(claim, lasts);
        self.push(Event { begun, ended: Self::now(), what, outcome: Outcome::Accepted });
    }

    /// Takes in what another process has told of its events, in the order it has told it.
    pub fn take(&self, told: impl IntoIterator<Item = (usize, Event)>) {
        let mut own = Vec::new();
        for (number, event) in told {
            match own.get_mut(number) {
                Some(known) => *known = Some(event),
                None => {
                    own.resize(number, None);
                    own.push(Some(event));
                }
            }
        }
        self.lock().extend(own.into_iter().flatten());
    }

    /// Takes what was told within this time for unknown: a store that says so beforehand may
    /// have lost it, because another server has taken over that did not have it. What is
    /// there must fit together all the same.
    pub fn forgive(&self, time: Range<i64>) {
        self.forgiven.lock().unwrap_or_else(PoisonError::into_inner).push(time);
    }

    /// The calls, with the outcomes that still bind the store.
    fn binding(&self) -> Vec<Event> {
        let forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = self.events();
        for event in events.iter_mut().filter(|event| event.outcome == Outcome::Accepted) {
            if forgiven.iter().any(|time| event.begun < time.end && time.start < event.ended) {
                event.outcome = Outcome::Unknown;
            }
        }
        events
    }

    /// How many calls had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.lock().iter().filter(|event| event.outcome == outcome).count()
    }

    /// The calls so far.
    pub fn events(&self) -> Vec<Event> {
        self.lock().clone()
    }

    fn push(&self, event: Event) -> usize {
        let number = {
            let mut events = self.lock();
            events.push(event.clone());
            events.len() - 1
        };
        self.tell(number, &event);
        number
    }

    fn tell(&self, number: usize, event: &Event) {
        if let Some(listener) = &self.listener {
            listener(number, event);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("events", &self.lock().len()).finish_non_exhaustive()
    }
}
