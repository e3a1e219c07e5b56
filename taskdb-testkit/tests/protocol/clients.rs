//! The programs around the engine: two workers, one that adds tasks, and a sweeper. Each
//! stands somewhere in a call, and may lose the reply.

use crate::Defect;
use crate::engine::{Name, Seen, Store, Token};

/// Where a worker stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Worker {
    /// It asks for work with this id.
    Asking { id: u8 },
    /// It does the task.
    Working { name: Name, token: Token },
    /// Its result is under way; `seen` once the call has read.
    Reporting { name: Name, token: Token, seen: Option<Seen> },
}

/// Where the program stands that adds tasks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Creator {
    /// What it adds next.
    pub(crate) next: Option<Name>,
    pub(crate) seen: Option<Seen>,
}

/// Where the sweeper stands: what it has found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sweeper(pub(crate) Option<(Name, Token)>);

/// Whether the reply of a call comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    Back,
    Lost,
}

impl Worker {
    /// The id after this one; those of two workers never meet.
    fn fresh(id: u8) -> u8 {
        id + 2
    }

    /// The next step of its call; `false` when it has to wait for somebody else's.
    pub(crate) fn step(&mut self, me: usize, store: &mut Store, way: Way, defect: Defect) -> bool {
        let next = match self {
            Self::Asking { id } => match (store.claim(*id), way) {
                (Some((name, token)), Way::Back) => Self::Working { name, token },
                (Some(_), Way::Lost) if defect == Defect::ForgetsItsId => {
                    Self::Asking { id: Self::fresh(*id) }
                }
                (_, _) => Self::Asking { id: *id },
            },
            Self::Working { name, token } => {
                Self::Reporting { name: *name, token: *token, seen: None }
            }
            Self::Reporting { name, token, seen: None } => {
                if !lock(store, me, defect) {
                    return false;
                }
                let seen = Some(store.look(*name));
                Self::Reporting { name: *name, token: *token, seen }
            }
            Self::Reporting { name, token, seen: Some(seen) } => {
                store.done(*name, *token, seen, defect);
                unlock(store, me);
                match way {
                    // Whatever the answer, there is nothing more to do for it.
                    Way::Back => Self::Asking { id: Self::fresh(token.id) },
                    Way::Lost => Self::Reporting { name: *name, token: *token, seen: None },
                }
            }
        };
        *self = next;
        true
    }

    /// Moves the deadline of its claim on; `false` when it has none.
    pub(crate) fn renew(&self, store: &mut Store) -> bool {
        match self {
            Self::Working { name, token } => store.renew(*name, *token),
            _ => false,
        }
    }

    /// The claim it knows of.
    pub(crate) fn token(&self) -> Option<Token> {
        match self {
            Self::Asking { .. } => None,
            Self::Working { token, .. } | Self::Reporting { token, .. } => Some(*token),
        }
    }

    /// Whether this claim is its own, known to it or not.
    pub(crate) fn made(&self, token: Token) -> bool {
        match self {
            Self::Asking { id } => *id == token.id,
            _ => self.token() == Some(token),
        }
    }
}

impl Creator {
    pub(crate) fn step(&mut self, me: usize, store: &mut Store, way: Way, defect: Defect) -> bool {
        let Some(name) = self.next else { return false };
        let Some(seen) = self.seen.take() else {
            let locked = lock(store, me, defect);
            self.seen = locked.then(|| store.look(name));
            return locked;
        };
        store.create(name, &seen);
        unlock(store, me);
        if way == Way::Back {
            self.next = Name::ALL.into_iter().find(|other| *other > name);
        }
        true
    }
}

impl Sweeper {
    pub(crate) fn step(&mut self, store: &mut Store, defect: Defect) -> bool {
        match self.0.take() {
            Some((name, token)) => store.requeue(name, token, defect),
            None => self.0 = store.expired(),
        }
        true
    }
}

/// Takes the lock of the job, which an engine without it does not wait for.
fn lock(store: &mut Store, me: usize, defect: Defect) -> bool {
    if defect == Defect::NoLock {
        return true;
    }
    let free = store.lock.is_none();
    if free {
        store.lock = Some(me);
    }
    free
}

fn unlock(store: &mut Store, me: usize) {
    if store.lock == Some(me) {
        store.lock = None;
    }
}
