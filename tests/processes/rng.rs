//! The seed of a run; the numbers that follow from it are those of the test kit.

pub(crate) use taskdb_testkit::rng::Rng;
use uuid::Uuid;

/// The seed of this run: `TASKDB_SEED`, or a new one.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("TASKDB_SEED").ok();
    given.map_or_else(
        || Uuid::new_v4().as_u64_pair().1 >> 32,
        |text| text.parse().expect("TASKDB_SEED is a number"),
    )
}
