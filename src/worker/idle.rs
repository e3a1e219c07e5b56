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
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    empty: HashSet<String>,
    /// How many slots are at work, or ask for more.
    busy: usize,
    /// How often something has come or gone.
    mark: u64,
}

/// A slot is at work, or asks for more, while this lives.
pub(crate) struct Busy<'a>(Option<&'a Idle>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Some(idle) = self.0 {
            lock(&idle.state).busy -= 1;
        }
    }
}

impl Idle {
    /// Of so many worker types; `None` never ends.
    pub(crate) fn new(after: Option<Duration>, types: usize) -> Self {
        Self { after, types, state: Mutex::default() }
    }

    /// How long a claim waits for work.
    pub(crate) fn patience(&self) -> Duration {
        self.after.unwrap_or(WAIT)
    }

    /// A task has come or has ended: everybody waits anew.
    pub(crate) fn disturb(&self) {
        if self.after.is_some() {
            let mut state = lock(&self.state);
            state.empty.clear();
            state.mark += 1;
        }
    }

    /// Changes whenever a task comes or ends, for a worker that may end.
    pub(crate) fn mark(&self) -> u64 {
        self.after.map_or(0, |_| lock(&self.state).mark)
    }

    /// What a slot does between two tasks is no idleness either.
    pub(crate) fn busy(&self) -> Busy<'_> {
        Busy(self.after.map(|_| {
            lock(&self.state).busy += 1;
            self
        }))
    }

    /// A worker type has waited in vain since the mark was what it is given here, while so many
    /// tasks are at hand; returns whether all have and none is, and that is a reason to end.
    pub(crate) fn waited(&self, worker_type: &str, mark: u64, at_hand: usize) -> bool {
        if self.after.is_none() {
            return false;
        }
        let mut state = lock(&self.state);
        if state.mark != mark {
            return false;
        }
        state.empty.insert(worker_type.to_owned());
        at_hand + state.busy == 0 && state.empty.len() == self.types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_must_have_waited_since_the_last_work() {
        let idle = Idle::new(Some(Duration::from_secs(1)), 2);
        let waited = |worker_type, at_hand| idle.waited(worker_type, idle.mark(), at_hand);
        assert!(!waited("a", 0));
        assert!(!waited("a", 0), "one type is not two");
        let before = idle.mark();
        idle.disturb();
        assert!(!idle.waited("a", before, 0), "something came while it waited");
        assert!(!waited("b", 0));
        assert!(!waited("a", 1), "somebody is at work");
        let busy = idle.busy();
        assert!(!waited("a", 0), "a slot may be getting something");
        drop(busy);
        assert!(waited("a", 0));
        assert!(!Idle::new(None, 1).waited("a", 0, 0));
    }
}
