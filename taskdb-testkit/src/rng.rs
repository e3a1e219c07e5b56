//! Random numbers that a seed repeats; xorshift, which is enough to shuffle calls. Not for
//! secrets.

use uuid::Uuid;

/// A generator of its own for each actor, so that they do not depend on each other.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        // Small seeds have few bits set; a multiplication by an odd number spreads them.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Any number.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 to `end`, without `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }

    /// Whether something happens that does so this often in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// An id.
    pub fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    /// Takes a random item out, if there is one.
    pub fn take<T>(&mut self, items: &mut Vec<T>) -> Option<T> {
        let end = u64::try_from(items.len()).ok().filter(|&length| length > 0)?;
        Some(items.swap_remove(usize::try_from(self.below(end)).ok()?))
    }
}

/// The seed of this run: `TASKDB_SEED`, or a new one.
///
/// # Panics
///
/// When the variable is no number.
pub fn seed() -> u64 {
    let given = std::env::var("TASKDB_SEED").ok();
    given.map_or_else(
        || Uuid::new_v4().as_u64_pair().1 >> 32,
        |text| text.parse().expect("TASKDB_SEED is a number"),
    )
}
