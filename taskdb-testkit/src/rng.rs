//! Random numbers that a seed repeats; xorshift, which is enough to shuffle calls. Not for
//! anything that has to be hard to guess.

use uuid::Uuid;

/// A generator of its own for each actor, so that they do not depend on each other.
///
/// ```
/// use taskdb_testkit::rng::Rng;
/// let (mut one, mut other) = (Rng::new(7), Rng::new(7));
/// assert_eq!(one.next(), other.next());
/// assert!(one.below(3) < 3);
/// ```
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        // Small seeds have few bits set; a multiplication by an odd number spreads them.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number, any of all there are.
    #[expect(clippy::should_implement_trait, reason = "it has no end")]
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

    /// `true` in so many of a hundred cases.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// True once in `n` cases.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A random id.
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
    seed_of("TASKDB_SEED")
}

/// The seed that a variable names, or a new one.
///
/// # Panics
///
/// When the variable is no number.
pub fn seed_of(variable: &str) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number")),
        Err(_) => Uuid::new_v4().as_u64_pair().1 >> 32,
    }
}
