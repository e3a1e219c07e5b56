//! What was counted, as a table in a file that people can read.

use std::fmt::Write;
use std::path::Path;

/// The variable that renews tables in place of comparing with them.
const RENEW: &str = "TASKDB_RENEW_WORK";
/// How much less, in hundredths, is so much that the table should say so.
const GAIN: u64 = 20;
/// Where the numbers begin.
const NAMES: usize = 36;

/// Something that is counted.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name, one word.
    pub name: &'static str,
    /// How much more than the table says is no news, in hundredths.
    pub slack: u64,
}

/// What was counted, a row for each piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    slack: Vec<u64>,
    rows: Vec<(String, Vec<u64>)>,
}

impl Table {
    pub(super) fn new(columns: &[Column], rows: Vec<(String, Vec<u64>)>) -> Self {
        let (names, slack) =
            columns.iter().map(|column| (column.name.to_owned(), column.slack)).unzip();
        Self { columns: names, slack, rows }
    }

    /// Holds it against the table in a file; with `TASKDB_RENEW_WORK` it is written there.
    /// `about` is what the file says of itself, and `command` the test that renews it.
    ///
    /// # Panics
    ///
    /// When figures have grown, or shrunk by much, which they are told with; when the file
    /// is not a table of this.
    pub fn check(&self, file: &Path, about: &str, command: &str) {
        if std::env::var_os(RENEW).is_some() {
            let text = format!("# {about}\n# Renew: {RENEW}=1 {command}\n\n{}", self.text());
            std::fs::write(file, text).expect("the table can be written");
            return;
        }
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if let Err(news) = self.held(&text) {
            panic!(
                "counted work is not what {} says:{news}\n\
                 Where that is meant, or is a gain to hold: {RENEW}=1 {command}",
                file.display()
            );
        }
    }

    /// Holds it against the text of a file; what is not as it was, a line each.
    fn held(&self, text: &str) -> Result<(), String> {
        let news = self.news(&Self::parse(text));
        if news.is_empty() { Ok(()) } else { Err(format!("\n  {}", news.join("\n  "))) }
    }

    /// As the file has it.
    fn text(&self) -> String {
        let mut text = format!("{:NAMES$}", "");
        let line = |text: &mut String, cells: &mut dyn Iterator<Item = String>| {
            cells.for_each(|cell| _ = write!(text, " {cell:>10}"));
            text.push('\n');
        };
        line(&mut text, &mut self.columns.iter().cloned());
        for (name, numbers) in &self.rows {
            _ = write!(text, "{name:NAMES$}");
            line(&mut text, &mut numbers.iter().map(u64::to_string));
        }
        text
    }

    /// Reads what [`text`](Self::text) has written; what cannot be read is not there.
    fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let head = lines.next().unwrap_or_default();
        let columns: Vec<_> = head.split_whitespace().map(str::to_owned).collect();
        let row = |line: &str| {
            let (name, numbers) = line.split_at_checked(NAMES)?;
            let numbers = numbers.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>();
            let numbers = numbers.ok().filter(|numbers| numbers.len() == columns.len())?;
            Some((name.trim().to_owned(), numbers))
        };
        let rows = lines.filter_map(row).collect();
        Self { columns, slack: Vec::new(), rows }
    }

    /// What is not as it was, a line each.
    fn news(&self, before: &Self) -> Vec<String> {
        if self.columns != before.columns {
            return vec![format!("the table counts {:?}", before.columns)];
        }
        let row = |of: &Self, name: &str| {
            of.rows.iter().find(|row| row.0 == name).map(|row| row.1.clone())
        };
        let gone = before.rows.iter().filter(|(name, _)| row(self, name).is_none());
        let mut news: Vec<_> = gone.map(|(name, _)| format!("{name}: is no more")).collect();
        for (name, numbers) in &self.rows {
            match row(before, name) {
                None => news.push(format!("{name}: is new")),
                Some(were) => news.extend(self.changes(name, numbers, &were)),
            }
        }
        news
    }

    fn changes(&self, name: &str, are: &[u64], were: &[u64]) -> Vec<String> {
        let cells = self.columns.iter().zip(&self.slack).zip(are.iter().zip(were));
        let change = |((column, slack), (is, was)): ((&String, &u64), (&u64, &u64))| {
            let verb = if *is > was + was * slack / 100 {
                "has grown"
            } else if is + was * GAIN.max(*slack) / 100 < *was {
                "has shrunk"
            } else {
                return None;
            };
            Some(format!("{name}: {column} {verb} from {was} to {is}"))
        };
        cells.filter_map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] =
        [Column { name: "calls", slack: 0 }, Column { name: "pages", slack: 10 }];

    fn table(rows: &[(&str, [u64; 2])]) -> Table {
        let rows = rows.iter().map(|(name, numbers)| ((*name).to_owned(), numbers.to_vec()));
        Table::new(&COLUMNS, rows.collect())
    }

    #[test]
    fn what_is_written_is_read() {
        let written = table(&[("claim 10, one a call", [10, 100]), ("cancel", [0, 7])]);
        let read = Table::parse(&format!("# about\n\n{}", written.text()));
        assert_eq!((&read.columns, &read.rows), (&written.columns, &written.rows));
        assert_eq!(written.news(&read), [""; 0]);
    }

    #[test]
    fn growth_and_great_gains_are_news() {
        let before = table(&[("claim", [10, 100])]);
        let news = |numbers| table(&[("claim", numbers)]).news(&before);
        assert_eq!(news([10, 110]), [""; 0]);
        assert_eq!(news([8, 80]), [""; 0]);
        assert_eq!(news([11, 100]), ["claim: calls has grown from 10 to 11"]);
        assert_eq!(news([10, 111]), ["claim: pages has grown from 100 to 111"]);
        assert_eq!(news([7, 100]), ["claim: calls has shrunk from 10 to 7"]);
        assert_eq!(news([9, 79]), ["claim: pages has shrunk from 100 to 79"]);
    }

    #[test]
    fn other_rows_and_columns_are_news() {
        let before = table(&[("claim", [1, 1])]);
        let news = table(&[("cancel", [1, 1])]).news(&before);
        assert_eq!(news, ["claim: is no more", "cancel: is new"]);
        assert!(before.news(&Table::parse(""))[0].contains("counts"));
    }

    #[test]
    fn a_row_without_a_number_for_each_column_is_none() {
        let now = table(&[("claim", [1, 1])]);
        let whole = now.text();
        let short = whole.trim_end().strip_suffix('1').expect("the last number");
        for text in [short, &format!("{} 1", whole.trim_end())] {
            assert_eq!(now.news(&Table::parse(text)), ["claim: is new"]);
        }
    }

    #[test]
    fn a_table_is_held_against_the_text_of_a_file() {
        let text = table(&[("claim", [1, 1])]).text();
        assert_eq!(table(&[("claim", [1, 1])]).held(&text), Ok(()));
        let news = table(&[("claim", [2, 1]), ("cancel", [1, 1])]).held(&text);
        let lines = "\n  claim: calls has grown from 1 to 2\n  cancel: is new";
        assert_eq!(news, Err(lines.to_owned()));
    }
}
