//! The report as a table, on a terminal and as Markdown.

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{CellAlignment, Table, TableStyle};

use super::{Report, number};
use crate::figure::Figure;

const HEADER: [&str; 11] = [
    "store", "workload", "at", "figure", "value", "unit", "limit", "of limit", "goal", "floor",
    "verdict",
];
/// Columns of numbers, which end on the right.
const NUMBERS: [usize; 5] = [4, 6, 7, 8, 9];

/// Facts and table for a terminal.
pub(crate) fn text(report: &Report) -> String {
    format!("{}\n\n{}\n", report.facts().join("\n"), table(report, NOTHING))
}

/// Facts as a list, and the table, as Markdown.
pub(crate) fn markdown(report: &Report) -> String {
    let facts: Vec<_> = report.facts().into_iter().map(|fact| format!("- {fact}\n")).collect();
    format!("{}\n{}\n", facts.concat(), table(report, ASCII_MARKDOWN))
}

fn table(report: &Report, style: TableStyle) -> String {
    let mut table = Table::new();
    table.load_style(style).set_header(HEADER);
    table.add_rows(report.figures.iter().map(row));
    for column in NUMBERS {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn row(figure: &Figure) -> [String; 11] {
    let limit =
        figure.limit.as_ref().map(|limit| format!("{} {}", number(limit.value), limit.name));
    let text = |value: Option<f64>| value.map(number).unwrap_or_default();
    [
        figure.store.clone(),
        figure.workload.to_string(),
        figure.point.clone(),
        figure.what.to_string(),
        number(figure.value),
        figure.unit.to_string(),
        limit.unwrap_or_default(),
        text(figure.ratio),
        text(figure.goal.map(|goal| goal.goal)),
        text(figure.goal.map(|goal| goal.floor)),
        figure.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn a_row_has_everything_about_a_figure() {
        let text = text(&sample());
        let row = |word: &str| {
            let line = text.lines().find(|line| line.contains(word)).unwrap_or_default();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            row("n=1000"),
            "sqlite flat n=1000 workers=8 cycles 9 312 cycles/s 8 000 one-row commits 1.16 \
             15 000 7 500 floor held"
        );
        assert_eq!(
            row("processes"),
            "sqlite wake n=200 processes=1 p99 0.500 ms 0.250 one-row commits 0.500 1.00 2.00 \
             goal met"
        );
        assert!(row("n=10 to").ends_with("0.750 ratio 0.900 0.800 below floor"));
        assert!(row("20000").ends_with("321 bytes"));
        assert!(text.starts_with("2 cores, a processor, release build\nsqlite: sqlite 3.51.3"));
    }

    #[test]
    fn markdown_has_a_list_and_a_table() {
        let text = markdown(&sample());
        let table: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(table.len(), 2 + sample().figures.len());
        assert!(table.iter().all(|line| line.matches('|').count() == HEADER.len() + 1), "{text}");
        assert!(table[1].contains("--") && text.starts_with("- 2 cores"), "{text}");
    }
}
