//! Texts that are almost right.

use std::io::Write;
use std::ops::Range;

use taskdb_testkit::rng::{self, Rng};

/// How many texts are tried.
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

/// Bends the lines of a corpus.
pub(crate) struct Bender {
    corpus: Vec<String>,
    rng: Rng,
}

impl Bender {
    pub(crate) fn new(corpus: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let seed = rng::seed();
        // Shown when a test fails.
        let _ = writeln!(std::io::stdout(), "TASKDB_SEED={seed}");
        let corpus: Vec<String> = corpus.into_iter().map(Into::into).collect();
        assert!(!corpus.is_empty(), "a corpus has something in it");
        Self { corpus, rng: Rng::new(seed) }
    }

    /// The whole corpus as it is, and then bent texts.
    pub(crate) fn texts(mut self) -> impl Iterator<Item = String> {
        let cases = std::env::var("TASKDB_FUZZ_CASES");
        let cases = cases.map_or(CASES, |text| text.parse().expect("a number"));
        let straight = self.corpus.clone().into_iter();
        straight.chain(std::iter::repeat_with(move || self.bent()).take(cases))
    }

    fn bent(&mut self) -> String {
        let mut text = self.pick().into_bytes();
        for _ in 0..=self.rng.below(3) {
            self.change(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
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
                let other = self.pick().into_bytes();
                let piece = other[self.part(other.len())].to_vec();
                drop(text.splice(part, piece));
            }
            4 => text.truncate(part.start),
            _ => {
                let byte = u8::try_from(self.rng.below(128)).unwrap_or_default();
                drop(text.splice(part.start..(part.start + 1).min(text.len()), [byte]));
            }
        }
    }

    fn pick(&mut self) -> String {
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
