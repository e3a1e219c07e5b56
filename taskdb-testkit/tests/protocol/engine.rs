//! The engine as its counters see it: what each call reads, what it writes, and in which
//! steps. Not a store: no payloads, no streams, no shares.

use std::collections::BTreeSet;

use crate::Defect;

/// A diamond: `L` and `R` wait for `I`, `J` waits for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Name {
    I,
    L,
    R,
    J,
}

impl Name {
    pub(crate) const ALL: [Self; 4] = [Self::I, Self::L, Self::R, Self::J];

    pub(crate) fn prerequisites(self) -> &'static [Self] {
        match self {
            Self::I => &[],
            Self::L | Self::R => &[Self::I],
            Self::J => &[Self::L, Self::R],
        }
    }
}

/// Proof of holding a task: an id that its worker has made, and the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Token {
    pub(crate) id: u8,
    pub(crate) attempt: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Pending,
    Ready,
    Running,
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub(crate) state: State,
    pub(crate) waiting_on: i8,
    pub(crate) attempt: u8,
    /// The claim that holds it.
    pub(crate) claim: Option<Token>,
    /// Whether the deadline of that claim has passed.
    pub(crate) expired: bool,
    /// The claim whose result was accepted.
    pub(crate) closed_by: Option<Token>,
}

/// A job with its tasks and counters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Store {
    tasks: [Option<Task>; 4],
    edges: BTreeSet<(Name, Name)>,
    /// How many tasks are not done, as completions count it.
    pub(crate) open: i8,
    /// Whether the job has ended.
    pub(crate) ended: bool,
    /// Who is in the middle of a change of the job.
    pub(crate) lock: Option<usize>,
    /// What went wrong that no look at the rest would show.
    pub(crate) faults: BTreeSet<&'static str>,
}

/// What a call has read when it comes to write.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    dependants: Vec<Name>,
    unsettled: i8,
    open: i8,
}

impl Store {
    /// A job whose first task is ready.
    pub(crate) fn new() -> Self {
        let mut store = Self {
            tasks: [const { None }; 4],
            edges: BTreeSet::new(),
            open: 0,
            ended: false,
            lock: None,
            faults: BTreeSet::new(),
        };
        let seen = store.look(Name::I);
        store.create(Name::I, &seen);
        store
    }

    pub(crate) fn task(&self, name: Name) -> Option<&Task> {
        self.tasks[name as usize].as_ref()
    }

    fn task_mut(&mut self, name: Name) -> &mut Task {
        self.tasks[name as usize].as_mut().expect("only tasks that exist are named")
    }

    pub(crate) fn existing(&self) -> impl Iterator<Item = (Name, &Task)> {
        Name::ALL.into_iter().filter_map(|name| Some((name, self.task(name)?)))
    }

    fn is_done(&self, name: Name) -> bool {
        self.task(name).is_some_and(|task| task.state == State::Done)
    }

    /// What a change of this task depends on.
    pub(crate) fn look(&self, name: Name) -> Seen {
        let dependants = self.edges.iter().filter(|edge| edge.0 == name).map(|edge| edge.1);
        let unsettled = name.prerequisites().iter().filter(|p| !self.is_done(**p));
        Seen {
            dependants: dependants.collect(),
            unsettled: i8::try_from(unsettled.count()).expect("at most two"),
            open: self.open,
        }
    }

    /// Adds a task; one that exists is left alone.
    pub(crate) fn create(&mut self, name: Name, seen: &Seen) {
        if self.task(name).is_some() {
            return;
        }
        let state = if seen.unsettled == 0 { State::Ready } else { State::Pending };
        let waiting_on = seen.unsettled;
        self.tasks[name as usize] = Some(Task {
            state,
            waiting_on,
            attempt: 0,
            claim: None,
            expired: false,
            closed_by: None,
        });
        self.edges.extend(name.prerequisites().iter().map(|p| (*p, name)));
        self.open = seen.open + 1;
        self.ended = false;
    }

    /// Hands out the oldest ready task, or again the one that this id holds.
    pub(crate) fn claim(&mut self, id: u8) -> Option<(Name, Token)> {
        let held = self.existing().find(|(_, task)| task.claim.is_some_and(|c| c.id == id));
        if let Some((name, task)) = held {
            return task.claim.map(|token| (name, token));
        }
        let (name, _) = self.existing().find(|(_, task)| task.state == State::Ready)?;
        let task = self.task_mut(name);
        task.attempt += 1;
        task.state = State::Running;
        task.expired = false;
        let token = Token { id, attempt: task.attempt };
        task.claim = Some(token);
        Some((name, token))
    }

    /// Accepts a result, or repeats the answer that its claim has had; `false` when the
    /// claim is lost.
    pub(crate) fn done(&mut self, name: Name, token: Token, seen: &Seen, defect: Defect) -> bool {
        let task = self.task_mut(name);
        let holds = task.claim == Some(token);
        let again = task.closed_by == Some(token) && defect != Defect::CountsTwice;
        if again {
            return true;
        }
        let running = task.state == State::Running
            || (defect == Defect::CountsTwice && task.closed_by == Some(token));
        let accepted = running && (holds || defect != Defect::None && !fenced(defect));
        if !accepted {
            return false;
        }
        if !holds && task.closed_by != Some(token) {
            self.faults.insert("a result was accepted from a claim that was lost");
        }
        let task = self.task_mut(name);
        task.state = State::Done;
        task.claim = None;
        task.closed_by = Some(token);
        self.settle(seen, defect);
        true
    }

    /// Tells the dependants, counts, and ends the job when it was the last.
    fn settle(&mut self, seen: &Seen, defect: Defect) {
        for dependant in &seen.dependants {
            let task = self.task_mut(*dependant);
            task.waiting_on -= 1;
            let woken = task.waiting_on == 0 && task.state == State::Pending;
            if woken && defect != Defect::DropsWakeUp {
                task.state = State::Ready;
            }
        }
        self.open = seen.open - 1;
        self.ended = self.open == 0;
    }

    /// The first task whose claim has expired.
    pub(crate) fn expired(&self) -> Option<(Name, Token)> {
        let mut running = self.existing().filter(|(_, task)| task.state == State::Running);
        running.find_map(|(name, task)| Some((name, task.claim.filter(|_| task.expired)?)))
    }

    /// Takes a claim away that was seen to have expired.
    pub(crate) fn requeue(&mut self, name: Name, token: Token, defect: Defect) {
        let task = self.task_mut(name);
        let still = task.claim == Some(token) && task.expired;
        if task.state != State::Running || !(still || defect == Defect::SweepsUnchecked) {
            return;
        }
        task.state = State::Ready;
        task.claim = None;
        if !still {
            self.faults.insert("a claim was taken away that had not expired");
        }
    }

    /// Moves the clock beyond the deadline of a claim.
    pub(crate) fn expire(&mut self, name: Name) {
        self.task_mut(name).expired = true;
    }

    /// Moves the deadline of a claim on that still holds, expired or not.
    pub(crate) fn renew(&mut self, name: Name, token: Token) -> bool {
        let task = self.task_mut(name);
        let holds = task.claim == Some(token);
        if holds {
            task.expired = false;
        }
        holds
    }

    /// What the counters should say, when nobody is in the middle of a change.
    pub(crate) fn sound(&self) -> bool {
        let open = self.existing().filter(|(_, task)| task.state != State::Done).count();
        let counts = i8::try_from(open) == Ok(self.open) && self.ended == (open == 0);
        counts && self.existing().all(|(name, task)| self.task_is_sound(name, task))
    }

    fn task_is_sound(&self, name: Name, task: &Task) -> bool {
        let unsettled = name.prerequisites().iter().filter(|p| !self.is_done(**p)).count();
        i8::try_from(unsettled) == Ok(task.waiting_on)
            && (task.state == State::Pending) == (unsettled > 0)
            && (task.state == State::Running) == task.claim.is_some()
    }
}

/// Whether an engine with this defect still compares claims.
fn fenced(defect: Defect) -> bool {
    !matches!(defect, Defect::NoFence | Defect::CountsTwice)
}
