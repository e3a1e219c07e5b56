//! Figures: what was measured, beside its limit and against its goal.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::goal::Goal;
use crate::measure::median;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Tasks a second.
    Tasks,
    /// Cycles of a claim and a completion a second.
    Cycles,
    /// Claims a second.
    Claims,
    /// Calls a second that nobody asked for; fewer are better.
    Calls,
    /// Milliseconds.
    Millis,
    /// Bytes.
    Bytes,
    /// Millions of bytes.
    Megabytes,
    /// Hundredths of the time of one core.
    Core,
    /// Commands of a server for each task; fewer are better.
    Commands,
    /// Instructions of a server's processor for each task; fewer are better.
    Instructions,
    /// The rate of the harder case in that of the easier one; 1 is flat.
    Ratio,
}

impl Unit {
    const ALL: [Self; 11] = [
        Self::Tasks,
        Self::Cycles,
        Self::Claims,
        Self::Calls,
        Self::Millis,
        Self::Bytes,
        Self::Megabytes,
        Self::Core,
        Self::Commands,
        Self::Instructions,
        Self::Ratio,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks/s",
            Self::Cycles => "cycles/s",
            Self::Claims => "claims/s",
            Self::Calls => "calls/s",
            Self::Millis => "ms",
            Self::Bytes => "bytes",
            Self::Megabytes => "MB",
            Self::Core => "% of a core",
            Self::Commands => "commands/task",
            Self::Instructions => "instructions/task",
            Self::Ratio => "ratio",
        }
    }

    /// Whether it is work a second, which has a cost: time for a piece of it.
    pub(crate) const fn is_rate(self) -> bool {
        matches!(self, Self::Tasks | Self::Cycles | Self::Claims)
    }

    /// Whether more is better.
    pub const fn more_is_better(self) -> bool {
        matches!(self, Self::Tasks | Self::Cycles | Self::Claims | Self::Ratio)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Self::ALL.into_iter().find(|unit| unit.name() == name);
        known.ok_or_else(|| D::Error::custom(format!("`{name}` is no unit")))
    }
}

/// What the machine or the server could do at best, measured in the same run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bound {
    /// What was measured.
    pub name: Cow<'static, str>,
    /// The median of the samples, in the unit of the figure.
    pub value: f64,
    /// One for each run, in the unit of the figure.
    pub samples: Vec<f64>,
}

impl Bound {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, samples: Vec<f64>) -> Self {
        Self { name: name.into(), value: median(&samples), samples }
    }
}

/// How a figure stands against its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As good as the goal or better.
    GoalMet,
    /// Between floor and goal.
    FloorHeld,
    /// Worse than what must hold.
    BelowFloor,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GoalMet => "goal met",
            Self::FloorHeld => "floor held",
            Self::BelowFloor => "below floor",
        })
    }
}

/// What a workload hands in.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) what: &'static str,
    pub(crate) point: String,
    pub(crate) unit: Unit,
    pub(crate) samples: Vec<f64>,
    pub(crate) limit: Option<Bound>,
}

impl Reading {
    pub(crate) fn new(
        what: &'static str,
        point: impl Into<String>,
        unit: Unit,
        samples: Vec<f64>,
    ) -> Self {
        Self { what, point: point.into(), unit, samples, limit: None }
    }

    /// Puts a limit beside it, a rate as the figure is.
    #[must_use]
    pub(crate) fn beside(mut self, rate: Option<&Bound>) -> Self {
        self.limit = rate.cloned();
        self
    }

    /// Puts beside a time in milliseconds what so many of the limit's steps would take.
    #[must_use]
    pub(crate) fn beside_steps(mut self, steps: f64, rate: Option<&Bound>) -> Self {
        let time = |rate: &f64| 1_000.0 * steps / rate;
        self.limit =
            rate.map(|rate| Bound::new(rate.name.clone(), rate.samples.iter().map(time).collect()));
        self
    }
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Figure {
    /// The label of the store it was measured on.
    pub store: String,
    /// The workload.
    pub workload: Cow<'static, str>,
    /// The sizes it was measured at, as `n=1000 workers=8`.
    pub point: String,
    /// What was measured of it.
    pub what: Cow<'static, str>,
    /// What it counts.
    pub unit: Unit,
    /// The median of the samples.
    pub value: f64,
    /// One for each run.
    pub samples: Vec<f64>,
    /// What the machine could do at best, if there is such a thing.
    pub limit: Option<Bound>,
    /// The figure as a part of its limit, the other way round where less is better:
    /// 1 is at the limit, more is better.
    pub ratio: Option<f64>,
    /// What it should be, and must be, if that was ever said.
    pub goal: Option<Goal>,
    /// How it stands against the goal.
    pub verdict: Option<Verdict>,
}

impl Figure {
    pub(crate) fn new(
        store: &str,
        workload: &'static str,
        reading: Reading,
        goal: Option<Goal>,
    ) -> Self {
        let Reading { what, point, unit, samples, limit } = reading;
        let value = median(&samples);
        let ratio = limit.as_ref().map(|limit| {
            if unit.more_is_better() { value / limit.value } else { limit.value / value }
        });
        let verdict = goal.map(|goal| goal.judge(value, unit));
        let (store, workload, what) = (store.to_owned(), workload.into(), what.into());
        Self { store, workload, point, what, unit, value, samples, limit, ratio, goal, verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commits() -> Bound {
        Bound::new("commits", vec![9_000.0, 8_000.0, 1_000.0])
    }

    #[test]
    fn a_ratio_of_one_is_at_the_limit_and_more_is_better() {
        let rate = Reading::new("cycles", "", Unit::Cycles, vec![4_000.0, 2_000.0, 9_000.0]);
        let figure = Figure::new("sqlite", "flat", rate.beside(Some(&commits())), None);
        assert_eq!((figure.value, figure.ratio), (4_000.0, Some(0.5)));

        let time = Reading::new("p50", "", Unit::Millis, vec![0.5]);
        let figure = Figure::new("sqlite", "wake", time.beside_steps(2.0, Some(&commits())), None);
        assert_eq!(figure.limit.map(|limit| limit.value), Some(0.25));
        assert_eq!(figure.ratio, Some(0.5));
    }

    #[test]
    fn what_has_no_limit_and_no_goal_has_no_ratio_and_no_verdict() {
        let reading = Reading::new("job", "", Unit::Bytes, vec![1.0]).beside(None);
        let figure = Figure::new("sqlite", "memory", reading, None);
        assert_eq!((figure.ratio, figure.verdict), (None, None));
    }
}
