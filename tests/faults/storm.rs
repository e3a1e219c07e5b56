//! The run of a seed: a crew at work while faults strike, then peace, then judgement.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use taskdb::{Result, TaskDb, TaskDbErr};
use taskdb_testkit::history::{CLAIM, Crew, History, Orders, Outcome, drain, is_woken};
use taskdb_testkit::rng::{self, Rng};

use crate::clock::Stepping;

/// How many seeds are run on each store.
const SEEDS: u64 = 3;
/// How often a run is struck.
const FAULTS: usize = 12;
/// Workers of a crew.
pub(crate) const WORKERS: u64 = 6;
/// How many of a hundred calls are dropped by those who made them.
pub(crate) const DROPS: u64 = 10;
/// How long a call waits for its answer; silence lasts less, and more.
pub(crate) const RESPONSE: Duration = Duration::from_millis(300);
/// How long opening a store may take, with all the attempts.
const PATIENCE: Duration = Duration::from_secs(20);
/// More calls of each seed than this are accepted, on average of all but one: a seed that begins
/// with the worst may have hardly any.
const FEW: usize = 10;

/// A store, and what can happen to it.
pub(crate) trait World {
    /// At most so many milliseconds lie between two faults.
    const PAUSE: u64;

    /// A handle on a namespace; a call through it meets the faults of the way, if asked.
    async fn open(&mut self, namespace: &str, clock: Option<Stepping>, struck: bool) -> TaskDb;

    /// Whether such a call waits for a replica as well, and so takes the time that this takes.
    fn waits(&self) -> bool {
        false
    }

    /// Chooses what is the same for the whole run of a seed.
    fn begin(&mut self, _rng: &mut Rng) {}

    /// Lets something happen, and returns when the store can be reached again or soon will;
    /// the history hears of what the store may have lost thereby.
    async fn strike(&mut self, rng: &mut Rng, history: &History);

    /// Nothing happens from now on.
    async fn heal(&mut self);
}

/// The seeds of this run, the first of them from the environment.
pub(crate) fn seeds() -> std::ops::Range<u64> {
    let first = rng::seed_of("TASKDB_FAULT_SEED");
    let count = std::env::var("TASKDB_FAULT_SEEDS");
    first..first + count.map_or(SEEDS, |text| text.parse().expect("a number of seeds"))
}

/// What whoever reads the output of a failed test wants to know.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Opens a store that may not answer in the short time that calls have here.
pub(crate) async fn patiently(open: impl AsyncFn() -> Result<TaskDb>) -> TaskDb {
    let end = Instant::now() + PATIENCE;
    loop {
        match open().await {
            Ok(db) => return db,
            Err(error) => {
                // What is there already is not made twice.
                let again = error.is_retryable() || matches!(error.root(), TaskDbErr::Unknown(_));
                assert!(again && Instant::now() < end, "{error}");
            }
        }
    }
}

/// Runs every seed in a namespace of its own.
pub(crate) async fn run(world: &mut impl World, name: &str) {
    let (mut all_accepted, mut unknown) = (0, 0);
    let seeds = seeds();
    let floor = FEW * seeds.clone().count().saturating_sub(1);
    for seed in seeds {
        let begun = Instant::now();
        note(&format!("{name}: TASKDB_FAULT_SEED={seed} TASKDB_FAULT_SEEDS=1"));
        let history = run_one(world, seed).await;
        let open = history.count(Outcome::Unknown);
        unknown += open;
        let accepted = history.count(Outcome::Accepted);
        let [refused, lost] = [Outcome::Refused, Outcome::Lost].map(|o| history.count(o));
        let counts = format!("{accepted} accepted, {} refused, {} open", refused + lost, open);
        note(&format!("{name}: seed {seed}: {counts}, {:.1?}", begun.elapsed()));
        all_accepted += accepted;
    }
    assert!(all_accepted > floor, "only {all_accepted} calls were accepted");
    assert!(unknown > 0, "no fault has hit a call");
}

async fn run_one<W: World>(world: &mut W, seed: u64) -> Arc<History> {
    let (mut rng, history) = (Rng::new(seed), Arc::new(History::default()));
    let namespace = format!("faults-{seed}");
    let clock = rng.percent(50).then(Stepping::default);
    world.begin(&mut rng);
    let peace = world.open(&namespace, clock.clone(), false).await;
    let stream = peace.create_stream("cpu", 0, 1.0, "alice").await.expect("a stream");
    let db = world.open(&namespace, clock.clone(), true).await;
    let orders = Orders { seed, workers: WORKERS, drops: DROPS };
    let crew = Crew::start(&db, stream, &history, orders);
    for _ in 0..FAULTS {
        tokio::time::sleep(Duration::from_millis(rng.below(W::PAUSE))).await;
        match &clock {
            Some(clock) if rng.percent(20) => clock.step(&mut rng),
            _ => world.strike(&mut rng, &history).await,
        }
    }
    world.heal().await;
    let peace_since = Instant::now();
    crew.stop().await;
    // So long may calls live on that nobody waits for any more.
    tokio::time::sleep(RESPONSE).await;
    if let Some(clock) = &clock {
        clock.settle();
    }
    // Connections of before may have gone with the server.
    let peace = world.open(&namespace, clock.clone(), false).await;
    judge(&history, &peace, peace_since, clock.is_none()).await;
    // The handle that has lived through it all tells of new work, where it does so at once.
    let other = if world.waits() { world.open(&namespace, clock, false).await } else { db };
    assert!(is_woken(&peace, &other, stream).await, "who waits is not told of new work");
    history
}

/// Lets everything come to an end within twice the time of a claim, counted from the last
/// fault, and holds what is stored against what was told.
pub(crate) async fn judge(history: &History, db: &TaskDb, since: Instant, one_clock: bool) {
    drain(db, since + 2 * CLAIM).await;
    note(&format!("drained {:.1?} after the last fault", since.elapsed()));
    assert_eq!(history.violations(db, one_clock).await, Vec::<String>::new());
    assert_eq!(db.audit().await.expect("an audit"), []);
    assert_eq!(db.check_stuck_pending_tasks().await.expect("a check"), []);
}
