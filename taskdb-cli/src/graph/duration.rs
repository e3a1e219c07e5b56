//! Durations as a graph writes them: `1.5`, `"30s"`, `"1h 30m"`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A duration in whole milliseconds, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Millis(u64);

const UNITS: [(&str, f64); 5] =
    [("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3_600e3), ("d", 86_400e3)];

impl Millis {
    pub(super) const fn new(millis: u64) -> Self {
        Self(millis)
    }

    /// A number of seconds; none unless it is more than zero and fits.
    pub(super) fn from_secs(seconds: f64) -> Option<Self> {
        Self::from_millis(seconds * 1e3)
    }

    fn from_millis(millis: f64) -> Option<Self> {
        let secs = (millis.ceil() / 1e3).max(0.0);
        let whole = Duration::try_from_secs_f64(secs).ok()?.as_micros().div_ceil(1_000);
        u64::try_from(whole).ok().filter(|&whole| whole > 0).map(Self)
    }

    /// Numbers with units, as `90s`, `1h 30m` or `250ms`; a bare number is seconds.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        if let Ok(seconds) = rest.parse() {
            return Self::from_secs(seconds);
        }
        let mut millis = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let number: f64 = rest[..digits].parse().ok()?;
            rest = rest[digits..].trim_start();
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let (_, factor) = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters])?;
            millis += number * factor;
            rest = rest[letters..].trim_start();
        }
        Self::from_millis(millis)
    }

    pub(crate) fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// Whole seconds, rounded up.
    pub(crate) fn seconds(self) -> u64 {
        self.0.div_ceil(1_000)
    }
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} s", self.0 as f64 / 1e3)
    }
}

#[test]
fn durations_are_read() {
    for (text, millis) in [
        ("30s", 30_000),
        ("1h 30m", 5_400_000),
        ("250ms", 250),
        ("1.5m", 90_000),
        ("2", 2_000),
        ("0.1", 100),
        ("0.1s", 100),
        (" 1 d ", 86_400_000),
    ] {
        assert_eq!(Millis::parse(text), Some(Millis(millis)), "{text}");
    }
    for text in ["", "s", "0", "0s", "-1s", "1x", "1s2", "1.2.3s", "nan", "inf", "NaN", "1e300"] {
        assert_eq!(Millis::parse(text), None, "{text}");
    }
}
