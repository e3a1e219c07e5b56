//! Cost against size: how long a piece of work takes as there is more and more of it, a line for
//! each store and way of working. A level line is what is wanted.

use std::collections::{BTreeMap, BTreeSet};

use charts_rs::{Align, AxisScale, AxisType, LineChart, Series};

use super::svg;
use crate::error::{Error, Result};
use crate::figure::{Figure, Unit};

const HEIGHT: f32 = 480.0;
/// What a line of the legend takes, and how many names stand on one.
const LEGEND: f32 = 24.0;
const NAMES: usize = 3;
const SIDE: f32 = 40.0;
/// Room behind a name where the font is wider than the one it was measured in: spaces that stay.
const SLACK: &str = "\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}";

/// The plots by the names of their files, for the workloads that were measured at several sizes.
pub(crate) fn plots(figures: &[Figure]) -> Result<BTreeMap<String, String>> {
    let mut groups: BTreeMap<(&str, &str), Lines> = BTreeMap::new();
    for figure in figures {
        if let Some(point) = Point::of(figure) {
            let lines = groups.entry((&*figure.workload, point.unit)).or_default();
            lines.sizes.insert(point.size);
            lines.of.entry(point.line).or_default().insert(point.size, point.cost);
        }
    }
    groups.retain(|_, lines| lines.sizes.len() > 1);
    let plot = |((workload, unit), lines): ((&str, &str), Lines)| {
        Ok((svg::file(workload, unit), lines.plot(workload, unit)?))
    };
    groups.into_iter().map(plot).collect()
}

/// What one figure says of the cost.
struct Point {
    size: u64,
    cost: f64,
    unit: &'static str,
    line: String,
}

impl Point {
    /// None for what is no time and no rate, and for what compares two sizes.
    fn of(figure: &Figure) -> Option<Self> {
        let (cost, unit) = match figure.unit {
            unit if unit.is_rate() => (1e6 / figure.value, "microseconds a piece"),
            Unit::Millis => (figure.value, "milliseconds"),
            _ => return None,
        };
        let (mut size, mut rest) = (None, Vec::new());
        for word in figure.point.split(' ') {
            match word.strip_prefix("n=").map(str::parse) {
                Some(Ok(n)) if size.is_none() => size = Some(n),
                _ => rest.push(word),
            }
        }
        if rest.contains(&"to") {
            return None;
        }
        let rest = rest.join(" ");
        let line = format!("{} {} {rest}", figure.store, figure.what);
        Some(Self { size: size?, cost, unit, line: line.trim_end().to_owned() })
    }
}

/// The lines of a plot.
#[derive(Default)]
struct Lines {
    sizes: BTreeSet<u64>,
    of: BTreeMap<String, BTreeMap<u64, f64>>,
}

impl Lines {
    fn plot(&self, workload: &str, unit: &str) -> Result<String> {
        // A chart draws in single precision, which is finer than any screen.
        let series = |(name, of): (&String, &BTreeMap<u64, f64>)| {
            let costs = of.values().map(|cost| *cost as f32).collect();
            let mut series = Series::new(format!("{name}{SLACK}"), costs);
            series.x_values =
                Some(of.keys().map(|size| (*size).max(1) as f64).map(f64::log10).collect());
            series
        };
        let mut chart = LineChart::new(self.of.iter().map(series).collect(), Vec::new());
        chart.base.x_axis.kind = AxisType::Value;
        chart.base.x_axis.formatter = Some("10^{c}".into());
        let legend = LEGEND * self.of.len().div_ceil(NAMES) as f32;
        chart.base.width = svg::WIDTH;
        chart.base.height = HEIGHT + legend;
        chart.base.title.text = format!("{workload}: {unit}, by size");
        chart.base.title.align = Align::Left;
        chart.base.legend.align = Align::Left;
        let below_the_title = charts_rs::Box { top: SIDE, ..charts_rs::Box::default() };
        chart.base.legend.margin = Some(below_the_title);
        chart.base.margin.right = SIDE;
        chart.y_axis_configs[0].scale = AxisScale::Log(10.0);
        chart.svg().map_err(|error| Error::Report(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;
    use crate::figure::Reading;

    fn figure(store: &str, point: &str, unit: Unit, value: f64) -> Figure {
        Figure::new(store, "flat", Reading::new("cycles", point, unit, vec![value]), None)
    }

    #[test]
    fn a_rate_becomes_a_time_at_its_size() {
        let point =
            Point::of(&figure("redis", "n=1000 workers=8", Unit::Cycles, 20_000.0)).unwrap();
        assert_eq!((point.size, point.cost, &*point.line), (1_000, 50.0, "redis cycles workers=8"));
        let time = Point::of(&figure("redis", "n=1000", Unit::Millis, 3.0)).unwrap();
        assert_eq!((time.cost, &*time.line), (3.0, "redis cycles"));
        for (point, unit) in [("n=9 to n=1", Unit::Cycles), ("n=9", Unit::Bytes), ("", Unit::Tasks)]
        {
            assert!(Point::of(&figure("redis", point, unit, 1.0)).is_none(), "{point}");
        }
    }

    #[test]
    fn there_is_a_line_for_each_store_where_there_are_sizes() {
        let mut figures = sample().figures;
        assert!(plots(&figures).unwrap().is_empty());
        for (store, n) in [("sqlite", 10_000), ("redis", 1_000), ("redis", 10_000)] {
            figures.push(figure(store, &format!("n={n} workers=8"), Unit::Cycles, 12_500.0));
        }
        let plots = plots(&figures).unwrap();
        let names: Vec<_> = plots.keys().map(String::as_str).collect();
        assert_eq!(names, ["flat-microseconds-a-piece.svg"]);
        let plot = &plots[names[0]];
        let words = ["flat: micro", "redis cycles workers=8", "sqlite cycles workers=8", "10^4"];
        for word in words {
            assert!(plot.contains(word), "{word} is missing in {plot}");
        }
    }
}
