//! Finds out that there is nothing left to do, for workers that end then.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use super::hold::lock;

/// How long a claim waits for work before it asks anew.
const WAIT: Duration = Duration::from_secs(30);

/// Which worker types have waited in vain since something was last done.
///
/// The store is asked at the end of a wait, so when all have come back empty there was
/// nothing: a slow start is not taken for a lack of work.
#[derive(Default)]
pub(crate) struct Idle {
    after: Option<Duration>,
    types: usize,
    empty: Mutex<HashSet<String>>,
}

impl Idle {
    /// Of so many worker types; `None` never ends.
    pub(crate) fn new(after: Option<Duration>, types: usize) -> Self {
        Self { after, types, empty: Mutex::default() }
    }

    /// How long a claim waits for work.
    pub(crate) fn patience(&self) -> Duration {
        self.after.unwrap_or(WAIT)
    }

    /// A task has come or has ended: everybody waits anew.
    pub(crate) fn disturb(&self) {
        if self.after.is_some() {
            lock(&self.empty).clear();
        }
    }

    /// A worker type has waited in vain while so many tasks are at hand; returns whether
    /// all have and none is, and that is a reason to end.
    pub(crate) fn waited(&self, worker_type: &str, at_hand: usize) -> bool {
        if self.after.is_none() {
            return false;
        }
        let mut empty = lock(&self.empty);
        empty.insert(worker_type.to_owned());
        at_hand == 0 && empty.len() == self.types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_must_have_waited_since_the_last_work() {
        let idle = Idle::new(Some(Duration::from_secs(1)), 2);
        assert!(!idle.waited("a", 0));
        assert!(!idle.waited("a", 0), "one type is not two");
        idle.disturb();
        assert!(!idle.waited("b", 0));
        assert!(!idle.waited("a", 1), "somebody is at work");
        assert!(idle.waited("a", 0));
        assert!(!Idle::new(None, 1).waited("a", 0));
    }
}
