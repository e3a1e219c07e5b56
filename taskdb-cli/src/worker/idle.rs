//! Finds out that there is nothing left to do.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a slot waits for work before it asks anew.
const WAIT: Duration = Duration::from_secs(30);

/// Which slots have waited in vain since something was last done.
///
/// A slot asks the store at the end of its wait, so when all have come back empty there
/// was nothing: a slow start is not taken for a lack of work.
pub(super) struct Idle {
    after: Option<Duration>,
    slots: usize,
    empty: Mutex<HashSet<usize>>,
}

impl Idle {
    /// Of so many slots; `None` never ends.
    pub(super) fn new(after: Option<Duration>, slots: usize) -> Self {
        Self { after, slots, empty: Mutex::default() }
    }

    /// How long a slot waits for work.
    pub(super) fn patience(&self) -> Duration {
        self.after.unwrap_or(WAIT)
    }

    /// A task has come or has ended: everybody waits anew.
    pub(super) fn disturb(&self) {
        self.empty().clear();
    }

    /// A slot has waited in vain; returns whether all have, and that is a reason to end.
    pub(super) fn waited(&self, slot: usize) -> bool {
        let mut empty = self.empty();
        empty.insert(slot);
        self.after.is_some() && empty.len() == self.slots
    }

    /// The set holds no invariant that a panic elsewhere could break.
    fn empty(&self) -> MutexGuard<'_, HashSet<usize>> {
        self.empty.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[test]
fn all_must_have_waited_since_the_last_work() {
    let idle = Idle::new(Some(Duration::from_secs(1)), 2);
    assert!(!idle.waited(0));
    assert!(!idle.waited(0), "one slot is not two");
    idle.disturb();
    assert!(!idle.waited(1));
    assert!(idle.waited(0));
    let endless = Idle::new(None, 1);
    assert!(!endless.waited(0));
}
