//! How long and how often is measured, and what is made of it.

use std::time::{Duration, Instant};

use crate::error::Result;

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Runs, each on a fresh store; their median counts.
    pub(crate) runs: usize,
    /// How long the measured part of a run lasts, reached by repeating it.
    pub(crate) at_least: Duration,
}

impl Pace {
    pub(crate) const FULL: Self = Self { runs: 5, at_least: Duration::from_secs(3) };
    pub(crate) const QUICK: Self = Self { runs: 1, at_least: Duration::ZERO };

    /// Repeats `round` until the first of its parts has lasted long enough, at least
    /// once; returns the parts added up.
    pub(crate) async fn repeat<const N: usize>(
        self,
        mut round: impl AsyncFnMut() -> Result<[Work; N]>,
    ) -> Result<[Work; N]> {
        let mut sums = [Work::default(); N];
        loop {
            for (sum, part) in sums.iter_mut().zip(round().await?) {
                sum.units += part.units;
                sum.took += part.took;
            }
            if sums[0].took >= self.at_least {
                return Ok(sums);
            }
        }
    }
}

/// So much work took so long.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Work {
    pub(crate) units: usize,
    pub(crate) took: Duration,
}

impl Work {
    pub(crate) fn since(start: Instant, units: usize) -> Self {
        Self { units, took: start.elapsed() }
    }

    /// Units a second.
    pub(crate) fn rate(self) -> f64 {
        self.units as f64 / self.took.as_secs_f64()
    }
}

/// The rates of one part over all runs.
pub(crate) fn rates<const N: usize>(runs: &[[Work; N]], part: usize) -> Vec<f64> {
    runs.iter().map(|parts| parts[part].rate()).collect()
}

/// The value in the middle, the lower of two.
///
/// # Panics
///
/// Of no values there is no middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The smallest value that this part of all values does not exceed.
///
/// # Panics
///
/// Of no values there is none.
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted[rank.max(1) - 1]
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[5.0, 1.0, 4.0, 2.0, 3.0]), 3.0);
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median(&[1.0, 9.0]), 1.0);
    }

    #[test]
    fn one_in_a_hundred_lies_above_p99() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 0.99), 198.0);
        assert_eq!(percentile(&values, 1.0), 200.0);
    }

    #[tokio::test]
    async fn rounds_repeat_until_their_first_part_is_long_enough() {
        let pace = Pace { runs: 1, at_least: Duration::from_secs(3) };
        let part = |units, secs| Work { units, took: Duration::from_secs(secs) };
        let sums = pace.repeat(async || Ok([part(10, 1), part(10, 5)])).await.unwrap();
        assert_eq!(sums, [part(30, 3), part(30, 15)]);
        assert_eq!(sums.map(Work::rate), [10.0, 2.0]);
        assert_eq!(rates(&[sums, sums], 1), [2.0, 2.0]);
        let quick = Pace::QUICK.repeat(async || Ok([part(10, 1)])).await.unwrap();
        assert_eq!(quick, [part(10, 1)]);
    }
}
