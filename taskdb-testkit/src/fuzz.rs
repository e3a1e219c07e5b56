//! Texts and bytes that are almost right, for whoever has to decode them: understood or refused,
//! but never a panic. What a decoder has stumbled over belongs into its corpus.

use std::io::Write;
use std::ops::Range;

use crate::rng::{self, Rng};

/// How many are tried, unless `TASKDB_FUZZ_CASES` says otherwise.
const CASES: usize = 3_000;
/// What decoders are known to stumble over.
const ODD: [&str; 16] = [
    "",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "9223372036854775807",
    "null",
    "[]",
    "{}",
    "\"",
    "\\u0000",
    "%00",
    "%ff",
    "é",
    "://",
    "@",
];

/// Bends what a corpus has, by the seed `TASKDB_SEED` or a new one, which is printed.
///
/// ```
/// use taskdb_testkit::fuzz::Bender;
/// for text in Bender::new(["1", "-2", "30"]).texts() {
///     if let Ok(number) = text.parse::<i64>() {
///         assert_eq!(number.to_string().parse(), Ok(number));
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Bender {
    corpus: Vec<Vec<u8>>,
    rng: Rng,
}

impl Bender {
    /// Takes a corpus, in which there must be something.
    ///
    /// # Panics
    ///
    /// When there is nothing in it, or the seed is no number.
    pub fn new(corpus: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let seed = rng::seed();
        // Shown when a test fails.
        let _ = writeln!(std::io::stdout(), "TASKDB_SEED={seed}");
        let corpus: Vec<Vec<u8>> = corpus.into_iter().map(Into::into).collect();
        assert!(!corpus.is_empty(), "a corpus has something in it");
        Self { corpus, rng: Rng::new(seed) }
    }

    /// The whole corpus as it is, and then bent bytes.
    ///
    /// # Panics
    ///
    /// When `TASKDB_FUZZ_CASES` is no number.
    pub fn bytes(mut self) -> impl Iterator<Item = Vec<u8>> {
        let cases = std::env::var("TASKDB_FUZZ_CASES");
        let cases = cases.map_or(CASES, |text| text.parse().expect("a number"));
        let straight = self.corpus.clone().into_iter();
        let bent = move || {
            let one = self.pick();
            self.bend(one)
        };
        straight.chain(std::iter::repeat_with(bent).take(cases))
    }

    /// The same as text, in which what is no UTF-8 is replaced.
    pub fn texts(self) -> impl Iterator<Item = String> {
        self.bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Changes some bytes in a few places.
    pub fn bend(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.rng.below(3) {
            self.change(&mut bytes);
        }
        bytes
    }

    /// Random numbers for whoever bends more than bytes.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    fn change(&mut self, text: &mut Vec<u8>) {
        let part = self.part(text.len());
        match self.rng.below(6) {
            0 => drop(text.drain(part)),
            1 => {
                let twice = text[part.clone()].to_vec();
                drop(text.splice(part.start..part.start, twice));
            }
            2 => {
                let odd = ODD[self.index(ODD.len())];
                drop(text.splice(part, odd.bytes()));
            }
            3 => {
                let other = self.pick();
                let piece = other[self.part(other.len())].to_vec();
                drop(text.splice(part, piece));
            }
            4 => text.truncate(part.start),
            _ => {
                let byte = u8::try_from(self.rng.below(256)).unwrap_or_default();
                drop(text.splice(part.start..(part.start + 1).min(text.len()), [byte]));
            }
        }
    }

    fn pick(&mut self) -> Vec<u8> {
        let index = self.index(self.corpus.len());
        self.corpus[index].clone()
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.rng.below(u64::try_from(length.max(1)).unwrap_or(1))).unwrap_or(0)
    }

    /// Some part of a text, seldom a long one.
    fn part(&mut self, length: usize) -> Range<usize> {
        let start = self.index(length + 1);
        start..(start + self.index(12)).min(length)
    }
}
