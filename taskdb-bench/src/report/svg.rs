//! The report as plots: a chart for each workload and unit, a bar for each figure.
//! The band behind a bar ends at the limit, the line across it is the goal.

use std::collections::BTreeMap;

use charts_rs::{Align, Bullet, BulletChart};

use super::{Report, number};
use crate::error::{Error, Result};
use crate::figure::{Figure, Unit};

pub(super) const WIDTH: f32 = 1_000.0;
const HEAD: f32 = 80.0;
const ROW: f32 = 60.0;
/// Room for names and ticks where the font is wider than the one they were measured in.
const SIDE: f32 = 60.0;
const NAMES: f32 = 12.0;
const LEGEND: &str = "bar: measured, band: limit of the machine beside it, line: goal";

/// The plots of a report by the names of their files.
pub(crate) fn plots(report: &Report) -> Result<BTreeMap<String, String>> {
    let mut groups: BTreeMap<_, Vec<&Figure>> = BTreeMap::new();
    for figure in &report.figures {
        groups.entry((&*figure.workload, figure.unit.name())).or_default().push(figure);
    }
    let mut plots = BTreeMap::new();
    for ((workload, _), figures) in groups {
        let unit = figures[0].unit;
        plots.insert(file(workload, unit.name()), plot(workload, unit, &figures)?);
    }
    Ok(plots)
}

pub(super) fn file(workload: &str, unit: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let unit: String = unit.chars().map(word).collect();
    format!("{workload}-{}.svg", unit.trim_matches('-'))
}

fn plot(workload: &str, unit: Unit, figures: &[&Figure]) -> Result<String> {
    let mut chart = BulletChart::new(figures.iter().map(|figure| bullet(figure)).collect());
    // One scale for all bars of a chart, so that their lengths can be compared.
    let largest = chart.bullets.iter().flat_map(|bullet| {
        bullet.ranges.iter().chain(&bullet.target).copied().chain([bullet.value])
    });
    let end = round_up(largest.fold(0.0, f32::max));
    chart.bullets.iter_mut().for_each(|bullet| bullet.max = Some(end));
    chart.base.width = WIDTH;
    chart.base.height = HEAD + ROW * figures.len() as f32;
    chart.base.title.text = format!("{workload}, {unit}");
    chart.base.title.align = Align::Left;
    chart.base.sub_title.text = LEGEND.to_owned();
    chart.base.sub_title.align = Align::Left;
    chart.base.x_axis.font.size = NAMES;
    chart.base.margin.left = SIDE;
    chart.base.margin.right = SIDE / 2.0;
    chart.svg().map_err(|error| Error::Report(error.to_string()))
}

/// The next number that five ticks divide into round parts.
fn round_up(value: f32) -> f32 {
    let power = 10_f32.powf(value.max(f32::MIN_POSITIVE).log10().floor());
    let ends = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 10.0];
    ends.into_iter().map(|end| end * power).find(|end| *end >= value).unwrap_or(value)
}

/// A chart draws in single precision, which is finer than any screen.
fn bullet(figure: &Figure) -> Bullet {
    let Figure { store, point, what, value, .. } = figure;
    Bullet {
        name: format!("{store} {what} {point}: {}", number(*value)),
        value: *value as f32,
        target: figure.goal.map(|goal| goal.goal as f32),
        // Without a range there would be a band all along, which is a limit of nothing.
        ranges: vec![figure.limit.as_ref().map_or(0.0, |limit| limit.value as f32)],
        ..Bullet::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn there_is_a_plot_for_each_workload_and_unit() {
        let plots = plots(&sample()).unwrap();
        let names: Vec<_> = plots.keys().map(String::as_str).collect();
        let expected = ["flat-cycles-s.svg", "flat-ratio.svg", "memory-bytes.svg", "wake-ms.svg"];
        assert_eq!(names, expected);
        let plot = &plots["flat-cycles-s.svg"];
        assert!(plot.starts_with("<svg") && plot.trim_end().ends_with("</svg>"));
        for text in ["flat, cycles/s", "n=1000 workers=8: 9 312", "limit of the machine"] {
            assert!(plot.contains(text), "{text} is missing in {plot}");
        }
    }

    #[test]
    fn scales_end_at_round_numbers() {
        let cases = [(0.75, 0.75), (9_312.0, 10_000.0), (1.2, 1.5), (15_000.0, 15_000.0)];
        for (value, end) in cases {
            assert!((round_up(value) - end).abs() <= end * 1e-6, "{value}");
        }
    }

    #[test]
    fn only_a_limit_has_a_band() {
        let plots = plots(&sample()).unwrap();
        // The background is the other rectangle without a name.
        let bands = |name: &str| plots[name].matches("fill-opacity=\"0.").count();
        assert_eq!((bands("flat-cycles-s.svg"), bands("memory-bytes.svg")), (1, 0));
    }

    #[test]
    fn names_of_files_are_plain_words() {
        assert_eq!(file("idle", Unit::Core.name()), "idle-of-a-core.svg");
        assert_eq!(file("fan-in", Unit::Tasks.name()), "fan-in-tasks-s.svg");
    }
}
