//! What callers were told while things went wrong, and whether the store kept to it.
//!
//! Each call is an event with its begin and its end; its outcome is that it was accepted,
//! refused, or unknown. What was accepted must be there, what was refused must not, and
//! what is unknown must have happened as a whole or not at all. A count would not notice
//! that one acknowledged change is missing while another was made twice.
//!
//! [`Crew`] makes calls and writes the history; [`History::violations`] judges it when
//! everything has come to rest, which [`drain`] sees to.

mod crew;
mod judge;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use crew::{Crew, drain};
use taskdb_core::{Claim, Result, TaskDbErr};
use uuid::Uuid;

/// What a caller was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has happened.
    Accepted,
    /// It has not happened and will not.
    Refused,
    /// Either.
    Unknown,
}

impl Outcome {
    /// The outcome of a call whose answer counts when `accepted` says so.
    ///
    /// # Panics
    ///
    /// On an error that no fault of the way or the server explains.
    pub fn of<T>(answer: &Result<T>, accepted: impl FnOnce(&T) -> bool) -> Self {
        use TaskDbErr::{ClaimLost, InvalidState, JobFinished, NotFound, Unavailable, Unknown};
        match answer.as_ref().map_err(TaskDbErr::root) {
            Ok(answer) if accepted(answer) => Self::Accepted,
            Err(Unknown(_)) => Self::Unknown,
            Ok(_)
            | Err(Unavailable(_) | ClaimLost { .. } | JobFinished { .. })
            | Err(InvalidState { .. } | NotFound { .. }) => Self::Refused,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What a call was about.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A job was to be made.
    Create(Uuid),
    /// A task was handed out.
    Claim(Claim),
    /// A task was to be done, with this output, and a child of this name.
    Done(Claim, String, Option<String>),
    /// A task was to fail.
    Fail(Claim),
}

/// One call.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it was made, and when it was answered: places in one order of all callers.
    pub begun: u64,
    /// See `begun`.
    pub ended: u64,
    /// What it was about.
    pub what: What,
    /// What the caller was told.
    pub outcome: Outcome,
}

/// All calls of a crew.
#[derive(Debug, Default)]
pub struct History {
    places: AtomicU64,
    events: Mutex<Vec<Event>>,
}

impl History {
    /// The next place in the order of begins and ends.
    pub fn place(&self) -> u64 {
        self.places.fetch_add(1, Ordering::SeqCst)
    }

    /// Writes down a call that was made at `begun` and is answered now.
    pub fn add(&self, begun: u64, what: What, outcome: Outcome) {
        let ended = self.place();
        self.lock().push(Event { begun, ended, what, outcome });
    }

    /// How many calls had this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.lock().iter().filter(|event| event.outcome == outcome).count()
    }

    /// The calls so far.
    pub fn events(&self) -> Vec<Event> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
