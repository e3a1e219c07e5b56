//! Every interleaving of a small world: two workers, a program that adds tasks while they
//! work, and a sweeper, on one diamond; replies are lost, workers die, claims expire.
//!
//! It holds the algorithm that all stores share (claims with ids and attempts, counters
//! under the lock of the job, a sweep that looks again), not their code, which the suite and
//! the property tests hold. Defects put in on purpose must be found: a checker that finds
//! nothing has to show that it could.

mod clients;
mod engine;

use std::collections::BTreeSet;

use clients::{Creator, Sweeper, Way, Worker};
use engine::{Name, State, Store};
use stateright::{Checker, HasDiscoveries, Model, Property};

/// What is wrong with the engine, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// Results are taken from whoever brings them.
    NoFence,
    /// Changes of a job do not wait for each other between reading and writing.
    NoLock,
    /// A result that comes again is counted again.
    CountsTwice,
    /// What the sweeper has found is taken away without another look.
    SweepsUnchecked,
    /// The last prerequisite to settle does not make its dependant ready.
    DropsWakeUp,
    /// A worker that got no answer asks with another id.
    ForgetsItsId,
}

const COUNTERS: &str = "counters are right between changes";
const RULES: &str = "no rule of claims is broken";
const ONE_TASK: &str = "who never died holds one task at most";
const REST: &str = "what comes to rest has ended";

/// What must be seen to happen, or the world is too small to show anything.
const EXAMPLES: [&str; 2] = ["a lost claim reports", "the job ends"];

/// The world: the store, its clients, and how much may still go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    store: Store,
    workers: [Worker; 2],
    creator: Creator,
    sweeper: Sweeper,
    losses: u8,
    crashes: u8,
    delays: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    Work(usize, Way),
    Create(Way),
    Sweep,
    /// A worker dies, and comes back knowing nothing.
    Crash(usize),
    /// The deadline of a claim passes.
    Expire(Name),
    /// A worker renews its claim, late perhaps.
    Renew(usize),
}

/// The engine with its defect, and how much goes wrong at most.
struct Protocol {
    defect: Defect,
    losses: u8,
    crashes: u8,
    delays: u8,
}

impl World {
    /// Whether somebody will still report on the claim that holds this task.
    fn somebody_works_on(&self, name: Name) -> bool {
        let claim = self.store.task(name).and_then(|task| task.claim);
        claim.is_some_and(|token| self.workers.iter().any(|worker| worker.made(token)))
    }

    /// Nothing is under way and nothing can begin.
    fn at_rest(&self) -> bool {
        let idle = |worker: &Worker| matches!(worker, Worker::Asking { .. });
        self.workers.iter().all(idle)
            && self.creator.next.is_none()
            && self.sweeper.0.is_none()
            && self.store.existing().all(|(_, task)| match task.state {
                State::Ready | State::Running => false,
                State::Pending | State::Done => true,
            })
    }

    /// How many tasks a worker holds by claims of its own making.
    fn held_by(&self, worker: usize) -> usize {
        let claims = self.store.existing().filter_map(|(_, task)| task.claim);
        claims.filter(|token| usize::from(token.id % 2) == worker).count()
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            store: Store::new(),
            workers: [Worker::Asking { id: 0 }, Worker::Asking { id: 1 }],
            creator: Creator { next: Some(Name::L), seen: None },
            sweeper: Sweeper(None),
            losses: self.losses,
            crashes: self.crashes,
            delays: self.delays,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let ways = if world.losses > 0 { &[Way::Back, Way::Lost][..] } else { &[Way::Back] };
        for way in ways {
            actions.extend([Action::Work(0, *way), Action::Work(1, *way), Action::Create(*way)]);
        }
        actions.push(Action::Sweep);
        if world.crashes > 0 {
            actions.extend([Action::Crash(0), Action::Crash(1)]);
        }
        actions.extend([Action::Renew(0), Action::Renew(1)]);
        for (name, task) in world.store.existing() {
            let may = world.delays > 0 || !world.somebody_works_on(name);
            if task.claim.is_some() && !task.expired && may {
                actions.push(Action::Expire(name));
            }
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        let moved = match &action {
            Action::Work(i, way) => next.workers[*i].step(*i, &mut next.store, *way, self.defect),
            Action::Create(way) => next.creator.step(2, &mut next.store, *way, self.defect),
            Action::Sweep => next.sweeper.step(&mut next.store, self.defect),
            Action::Crash(i) => {
                // What the server has begun it ends or drops; here, it drops it.
                if next.store.lock == Some(*i) {
                    next.store.lock = None;
                }
                next.crashes -= 1;
                // Ids are random, so the new one was never used before.
                next.workers[*i] = Worker::Asking { id: u8::try_from(*i).ok()? + 100 };
                true
            }
            Action::Expire(name) => {
                next.delays -= u8::from(next.somebody_works_on(*name));
                next.store.expire(*name);
                true
            }
            Action::Renew(i) => next.workers[*i].renew(&mut next.store),
        };
        if let Action::Work(_, Way::Lost) | Action::Create(Way::Lost) = action {
            next.losses -= 1;
        }
        (moved && next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(COUNTERS, |_, world: &World| {
                world.store.lock.is_some() || world.store.sound()
            }),
            Property::always(RULES, |_, world: &World| world.store.faults.is_empty()),
            Property::always(ONE_TASK, |protocol, world: &World| {
                world.crashes < protocol.crashes || (0..2).all(|i| world.held_by(i) <= 1)
            }),
            Property::always(REST, |_, world: &World| {
                !world.at_rest() || (world.store.ended && world.store.task(Name::J).is_some())
            }),
            Property::sometimes(EXAMPLES[0], |_, world: &World| {
                world.workers.iter().any(|worker| match worker {
                    Worker::Reporting { name, token, .. } => {
                        world.store.task(*name).is_some_and(|t| t.attempt > token.attempt)
                    }
                    _ => false,
                })
            }),
            Property::sometimes(EXAMPLES[1], |_, world: &World| world.store.ended),
        ]
    }
}

/// How much goes wrong in one run, from `TASKDB_PROTOCOL_FAULTS` where it is set.
fn faults() -> u8 {
    std::env::var("TASKDB_PROTOCOL_FAULTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Looks at every state, or until `enough` is found; prints how each property was broken.
#[expect(clippy::print_stdout, reason = "the output of a test, shown when it fails")]
fn explore(defect: Defect, faults: u8, enough: HasDiscoveries) -> BTreeSet<&'static str> {
    let protocol = Protocol { defect, losses: faults, crashes: 1, delays: faults };
    let checker = protocol.checker().threads(2).finish_when(enough).spawn_bfs().join();
    println!("{defect:?}: {} states", checker.unique_state_count());
    let found = checker.discoveries();
    for (name, path) in &found {
        if !EXAMPLES.contains(name) {
            println!("{name}:\n{path}");
        }
    }
    found.into_keys().collect()
}

#[test]
fn the_protocol_holds_in_every_interleaving() {
    let found = explore(Defect::None, faults(), HasDiscoveries::AllFailures);
    assert_eq!(found, EXAMPLES.into());
}

#[test]
fn each_defect_is_found() {
    let expected = [
        (Defect::NoFence, RULES),
        (Defect::NoLock, COUNTERS),
        (Defect::CountsTwice, COUNTERS),
        (Defect::SweepsUnchecked, RULES),
        (Defect::DropsWakeUp, REST),
        (Defect::ForgetsItsId, ONE_TASK),
    ];
    for (defect, property) in expected {
        let found = explore(defect, 1, HasDiscoveries::AnyOf([property].into()));
        assert!(found.contains(property), "{defect:?} breaks only {found:?}");
    }
}
