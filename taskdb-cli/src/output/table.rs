//! Tables for eyes: as wide as the terminal, or unwrapped where there is none.

use std::time::Duration;

use comfy_table::{ContentArrangement, presets};
use taskdb::Timestamp;

/// Rows under a heading.
pub(crate) struct Table(comfy_table::Table);

impl Table {
    pub(crate) fn new<const N: usize>(heading: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(heading);
        match terminal_size::terminal_size() {
            Some((width, _)) => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.0)
            }
            // Into a pipe every row is one line.
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        Self(table)
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells.map(|cell| clean(&cell)));
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.trim_fmt())
    }
}

/// The first line of a text, without what would steer a terminal.
pub(crate) fn clean(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A time to the second, in UTC.
pub(crate) fn when(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_microsecond(time.as_micros());
    time.map_or_else(|_| "-".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// A duration in the unit that suits it.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => format!("{:.2} s", duration.as_secs_f64()),
        secs @ 60..3_600 => format!("{} m {} s", secs / 60, secs % 60),
        secs => format!("{} h {} m", secs / 3_600, secs % 3_600 / 60),
    }
}

/// A part of a whole, from 0 to 1.
pub(crate) fn fraction(part: f32) -> String {
    format!("{:.0} %", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_that_steers_nothing() {
        let mut table = Table::new(["NAME", "ERROR"]);
        table.row(["a".into(), "\u{1b}[31mred\nsecond line".into()]);
        let lines: Vec<_> = table.to_string().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].contains("\u{fffd}[31mred") && !lines[1].contains("second"), "{lines:?}");
    }

    #[test]
    fn durations_have_a_unit_that_suits() {
        let texts = [0, 59, 61, 7_380].map(|secs| seconds(Duration::from_secs(secs)));
        assert_eq!(texts, ["0.00 s", "59.00 s", "1 m 1 s", "2 h 3 m"]);
    }
}
