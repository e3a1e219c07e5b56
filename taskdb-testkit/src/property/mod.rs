//! Differential property tests: random calls of several clients go to a backend
//! and to the [`Model`], and every answer, every record and the audit must agree.
//!
//! A failing sequence is shrunk to a short one before it is reported. The same
//! seed gives the same sequences.

mod answer;
mod compare;
mod events;
mod generate;
mod op;
mod run;
#[cfg(test)]
mod tests;
mod world;

use std::fmt;
use std::sync::Arc;

use proptest::test_runner::{
    Config as Runs, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner,
};
use taskdb_core::{ManualClock, TaskDb};

use self::op::Op;
use self::run::{Outcome, Pair};
use self::world::World;
use crate::model::Model;

/// How much is tried.
#[derive(Debug, Clone)]
pub struct Config {
    /// Sequences.
    pub cases: u32,
    /// The most calls of a sequence.
    pub calls: usize,
    /// Where randomness starts; anew each time when `None`.
    pub seed: Option<u64>,
    /// The most attempts at a shorter sequence.
    pub shrinks: u32,
}

impl Default for Config {
    /// 64 sequences of up to 80 calls; `TASKDB_PROPERTY_CASES` and
    /// `TASKDB_PROPERTY_SEED` change the number and the seed.
    fn default() -> Self {
        let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
        let cases = number("TASKDB_PROPERTY_CASES").and_then(|cases| u32::try_from(cases).ok());
        Self {
            cases: cases.unwrap_or(64),
            calls: 80,
            seed: number("TASKDB_PROPERTY_SEED"),
            shrinks: 3_000,
        }
    }
}

/// A sequence that tells a backend from the model.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// The seed that leads to it.
    pub seed: u64,
    /// Its calls, as short as could be found.
    pub calls: Vec<String>,
    /// The difference, or what the audit says.
    pub reason: String,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.reason)?;
        writeln!(f, "the calls, of seed {} (TASKDB_PROPERTY_SEED):", self.seed)?;
        for (index, call) in self.calls.iter().enumerate() {
            writeln!(f, "{index:4}  {call}")?;
        }
        Ok(())
    }
}

/// Tries what `config` asks for. `subject` makes an empty namespace, and the clock
/// that it takes its time from, for each sequence.
///
/// # Panics
///
/// When the backend differs from the model, with the shortest sequence found.
pub fn check<F, Fut>(config: &Config, subject: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = (TaskDb, ManualClock)>,
{
    if let Some(found) = find(config, subject) {
        panic!("{found}");
    }
}

/// As [`check`], but hands back what was found.
pub fn find<F, Fut>(config: &Config, subject: F) -> Option<Counterexample>
where
    F: Fn() -> Fut,
    Fut: Future<Output = (TaskDb, ManualClock)>,
{
    let seed = config.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    let runs = Runs {
        cases: config.cases,
        failure_persistence: None,
        max_shrink_iters: config.shrinks,
        ..Runs::default()
    };
    let bytes: Vec<_> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let one = |ops: Vec<Op>| run_one(&ops, &subject).map_err(TestCaseError::fail);
    let outcome = TestRunner::new_with_rng(runs, rng).run(&generate::sequence(config.calls), one);
    let (reason, calls) = match outcome {
        Ok(()) => return None,
        Err(TestError::Fail(reason, ops)) => (reason, ops),
        Err(TestError::Abort(reason)) => (reason, Vec::new()),
    };
    let calls = calls.iter().map(|op| format!("{op:?}")).collect();
    Some(Counterexample { seed, calls, reason: reason.message().to_owned() })
}

fn run_one<F, Fut>(ops: &[Op], subject: &F) -> Outcome
where
    F: Fn() -> Fut,
    Fut: Future<Output = (TaskDb, ManualClock)>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(async {
        let (subject, clock) = subject().await;
        let model = TaskDb::new(Model::new(Arc::new(clock.clone())));
        Pair { model, subject, clock, world: World::new() }.run(ops).await
    })
}
