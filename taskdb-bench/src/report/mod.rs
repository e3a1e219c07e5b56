//! What the reader sees: a report as a table, as Markdown, as JSON and as plots; and pages of
//! several runs put together.

pub(crate) mod cost;
pub(crate) mod json;
pub(crate) mod merge;
pub(crate) mod pages;
pub(crate) mod svg;
pub(crate) mod table;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::machine::Machine;

/// Everything a run has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// Whether it only showed that everything runs.
    pub quick: bool,
    /// What was measured on; several with one label where runs were put together.
    pub stores: Vec<Store>,
    /// What was measured, in the order of the workloads.
    pub figures: Vec<Figure>,
    /// The workloads that failed, and why.
    pub failures: Vec<String>,
}

/// A store that was measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Store {
    /// Its name in this report.
    pub label: String,
    /// Where it is, without a password.
    pub url: String,
    /// The backend.
    pub backend: Cow<'static, str>,
    /// The version of the server or library under it.
    pub version: String,
    /// How often a second the disk under it makes a written block durable, where
    /// that is a disk of this machine.
    pub syncs_per_sec: Option<f64>,
    /// The day it was measured, as `2026-11-21`.
    #[serde(default)]
    pub measured: Option<String>,
}

impl Report {
    /// What must be known to read the figures, a line each.
    fn facts(&self) -> Vec<String> {
        let mut facts = vec![self.machine.to_string()];
        facts.extend(self.stores.iter().map(|store| {
            let syncs = store.syncs_per_sec.map(|rate| format!(", {} syncs/s", number(rate)));
            let Store { label, url, backend, version, .. } = store;
            format!("{label}: {backend} {version}{}, {url}", syncs.unwrap_or_default())
        }));
        if self.means_nothing() {
            facts.push("A quick or unoptimised run: these figures mean nothing.".into());
        }
        facts.extend(self.failures.iter().map(|failure| format!("FAILED {failure}")));
        facts
    }

    /// Whether it was made of small sizes or slow code.
    pub(crate) fn means_nothing(&self) -> bool {
        self.quick || self.machine.build == "dev"
    }
}

/// A number to three digits, or whole with thousands apart.
pub(crate) fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let decimals = if value.abs() < 1.0 {
            3
        } else if value.abs() < 10.0 {
            2
        } else {
            1
        };
        return format!("{value:.decimals$}");
    }
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", &*digits), |rest| ("-", rest));
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{sign}{}", groups.join(" "))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::figure::{Bound, Reading, Unit};
    use crate::goal;

    /// A report with a figure of every kind.
    pub(crate) fn sample() -> Report {
        let commits = Bound::new("one-row commits", vec![8_000.0]);
        let readings = [
            ("flat", Reading::new("cycles", "n=1000 workers=8", Unit::Cycles, vec![9_312.4]), 0.0),
            ("flat", Reading::new("flatness", "n=10 to n=1", Unit::Ratio, vec![0.75]), -1.0),
            ("wake", Reading::new("p99", "n=200 processes=1", Unit::Millis, vec![0.5]), 2.0),
            ("memory", Reading::new("job", "n=20000", Unit::Bytes, vec![321.0]), -1.0),
        ];
        let figures = readings.into_iter().map(|(workload, reading, steps)| {
            let goal = goal::of("sqlite", workload, &reading);
            let reading = match steps {
                0.0 => reading.beside(Some(&commits)),
                steps if steps > 0.0 => reading.beside_steps(steps, Some(&commits)),
                _ => reading,
            };
            Figure::new("sqlite", workload, reading, goal)
        });
        Report {
            machine: Machine {
                cores: 2,
                processor: Some("a processor".into()),
                build: "release".into(),
                memory: None,
                system: None,
            },
            quick: false,
            stores: vec![Store {
                label: "sqlite".into(),
                url: "sqlite:///data/x.db".into(),
                backend: "sqlite".into(),
                version: "3.51.3".into(),
                syncs_per_sec: Some(8_123.4),
                measured: Some("2026-11-21".into()),
            }],
            figures: figures.collect(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn numbers_have_three_digits_or_are_whole() {
        let cases = [
            (0.123_4, "0.123"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1_234.5, "1 234"),
            (123_456.0, "123 456"),
            (1_234_567.0, "1 234 567"),
            (-1_234.0, "-1 234"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn what_means_nothing_says_so() {
        let mut report = sample();
        assert_eq!(report.facts().len(), 2);
        report.quick = true;
        report.failures.push("sqlite: flat: broken".into());
        let facts = report.facts().join("\n");
        assert!(facts.contains("mean nothing") && facts.contains("FAILED sqlite: flat"), "{facts}");
    }
}
